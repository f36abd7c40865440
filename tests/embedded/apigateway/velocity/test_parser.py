"""Templates as text: what stays, what is replaced, and what is refused."""

import pytest
from hypothesis import example, given, strategies as st

from tracing_lab.embedded.apigateway.velocity.errors import TemplateError
from tracing_lab.embedded.apigateway.velocity.parser import parse_template
from tracing_lab.embedded.apigateway.velocity.values import from_json

PETS = from_json(
    {
        "pets": [{"type": "dog", "price": 249.99}, {"type": "cat", "price": 124}],
        "owner": {"name": "O'Hara", "active": True, "age": None},
    }
)


def rendered(template: str) -> str:
    return parse_template(template).rendered({"root": PETS})


@pytest.mark.parametrize(
    "template, expected",
    [
        # references
        ("$root.owner.name, ${root.owner.name}s", "O'Hara, O'Haras"),
        ("$nobody ${nobody} $!nobody.", "$nobody ${nobody} ."),
        ("$root.owner.age|$!{root.owner.age}|", "||"),
        ("$root.pets[0].type $root.pets.get(1)['price'] $root['owner']['name']", "dog 124 O'Hara"),
        ("costs $5, 100%, #1, a#b, #!", "costs $5, 100%, #1, a#b, #!"),
        ("\\$root \\#if \\n", "$root #if \\n"),
        ("$root.pets", '[{"type":"dog","price":249.99},{"type":"cat","price":124}]'),
        ("$root.owner", "{name=O'Hara, active=true, age=null}"),
        # comments
        ("a ## b\nc #* d\n *#e #** f *#g", "a c e g"),
        ("#[[$root #if(]]#", "$root #if("),
        # directives
        ("#set($a = 1)\n#set( $b = $a + 2 )\n$b", "3"),
        ("#set($m = {})#set($m.a = 'x')#set($m['b'] = 'y')$m", "{a=x, b=y}"),
        ("#set($l = [1, 2])#set($l[0] = 'z')$l", "[z, 2]"),
        ("#set($x = 1)#set($x = $nobody)$x", "1"),
        ("#if($root.owner.active)yes#{else}no#end", "yes"),
        ("#if(1 > 2)a#elseif('x' == \"x\")b#else\nc#end", "b"),
        ('#if($nobody)a#end#if($root.owner.age)b#end#if("")c#end', "c"),
        (
            "#foreach($p in $root.pets)$p.type$foreach.index#if($foreach.hasNext), #end#end",
            "dog0, cat1",
        ),
        ("#foreach($p in $root.owner)$!p;#end", "O'Hara;true;;"),
        ("#foreach($i in [3..1])$foreach.count:$i#if($foreach.last).#end#end", "1:32:23:1."),
        ("#foreach($i in [1..9])#if($i == 3)#break#end$i#end!", "12!"),
        ("#foreach($i in $nobody)x#end", ""),
        (
            "#foreach($i in [1..2])#foreach($j in [1..2])$i$j$foreach.parent.index #end#end",
            "110 120 211 221 ",
        ),
        ("#if(true)\nline\n#end\nnext", "line\nnext"),
        # expressions
        ("#set($x = 7 / 2 * 2 - 7 % 4)$x", "3"),
        ("#set($x = -7 / 2)$x #set($y = 7.0 / 2)$y", "-3 3.5"),
        ("#set($x = 1 / 0)$!x", ""),
        ("#set($x = 'a' + 1 + true)$x", "a1true"),
        ("#if(!$nobody && (1 <= 1 || $nobody.crash) and not false)ok#end", "ok"),
        ("#if(1 == 1.0 && 'a' != 'b' && 2 ge 2 && 1 lt 2)ok#end", "ok"),
        ("#if($nobody == $other && $root.owner.age == null)ok#end", "ok"),
        ('#set($s = "$root.owner.name is #if(true)here#end")$s', "O'Hara is here"),
        ("#set($s = '$root')$s", "$root"),
        # methods
        (
            "#set($s = 'a-b-c')$s.length() $s.split('-').size() $s.substring(2) $s.substring(0, 1)",
            "5 3 b-c a",
        ),
        (
            "#set($s = 'a.b')$s.replace('.', '/') $s.replaceAll('(\\w)', '<$1>') $s.indexOf('b')",
            "a/b <a>.<b> 2",
        ),
        ("#set($s = ' Ab ')$s.trim().toLowerCase() $s.isEmpty() $s.contains('A')", "ab false true"),
        (
            "#set($l = [])#set($ok = $l.add('a'))#set($ok = $l.add(0, 'b'))$l $ok $l.contains('a')",
            "[b, a] true true",
        ),
        (
            "#set($m = {'k': 1})$m.keySet() $m.values() $m.containsKey('k') $m.put('k', 2) $m.k",
            "[k] [1] true 1 2",
        ),
        (
            "#foreach($e in $root.owner.entrySet())$e.key=$!e.value #end",
            "name=O'Hara active=true age= ",
        ),
        ("#set($n = 3)$n.equals(3) $n.toString().length()", "true 1"),
        ("$root.owner.size()", "3"),
        ("#set($Integer = 0)#set($n = $Integer.parseInt('41') + 1)$n", "42"),
        ("#set($String = '')$String.join('-', ['a', 1]) $String.valueOf(true).length()", "a-1 4"),
        ("$root.pets.subList(1, 2)", "[{type=cat, price=124}]"),
        ("$root.owner.keySet().toArray()[0]", "name"),
    ],
)  # fmt: skip
def test_a_template_is_rendered_as_by_velocity(template: str, expected: str) -> None:
    assert rendered(template) == expected


@pytest.mark.parametrize(
    "template, message",
    [
        ("#if(true", "')' is expected"),
        ("#if(true)", "#if lacks its #end"),
        ("#end", "#else or #end without"),
        ("#set(1 = 2)", "#set needs a reference"),
        ("#foreach(1 in [])#end", "#foreach needs a variable"),
        ("${root", "lacks its closing brace"),
        ("$root.notify()", "method notify() is not simulated"),
        ("#set($x = $root.getClass())", "method getClass() is not simulated"),
        ("\n  #macro(a)#end", "line 2, column 3: directive #macro is not simulated"),
        ("#parse('x')", "directive #parse is not simulated"),
        ("(" * 60, ""),
        ("#set($x = " + "(" * 60 + ")", "more than 50"),
        ("#if(1)" * 60, "more than 50"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name_and_place(template: str, message: str) -> None:
    if not message:
        assert rendered(template) == template
        return
    with pytest.raises(TemplateError) as caught:
        parse_template(template)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "template",
    [
        "#foreach($i in [1..2000])x#end",
        "#foreach($i in [1..1000])#foreach($j in [1..1000])x#end#end",
        "#set($s = 'x')#foreach($i in [1..40])#set($s = \"$s$s\")#end",
        "#set($l = [1])#foreach($i in [1..40])#set($ok = $l.addAll($l))#end",
        "#set($l = [1, 2])#foreach($i in [1..40])#set($l = [$l, $l])#end$l",
        "#set($s = 'aaaaaaaaaa')#foreach($i in [1..9])#set($s = $s.replaceAll('a', $s))#end",
        "#set($m = {})#set($m.m = $m)$m",
        "#set($x = {[]: 1})",
        "$root.pets[9]",
        "$root.owner.name.substring(9)",
        "$root.owner.name.matches('(')",
        "$root.owner.name.substring('a')",
        "#set($Integer = 0)$Integer.parseInt('4x')",
        "#set($s = 'x')#foreach($i in [1..20])#set($s = \"$s$s\")#end$s.join($s, [1..1000])",
        "$root.pets.subList(1, 9)",
    ],
)
def test_a_template_cannot_take_more_than_it_may(template: str) -> None:
    with pytest.raises(TemplateError):
        rendered(template)


PIECES = st.lists(
    st.sampled_from(
        ["$", "!", "{", "}", "(", ")", "[", "]", ".", "..", ",", ":", "'", '"', "\\", "#", "##",
         "#*", "*#", "#set(", "#if(", "#elseif(", "#else", "#end", "#foreach(", "#break", " in ",
         "$root", "$x", "x", "pets", ".size()", ".get(", ".put(", ".keySet()", "add", "0", "1.5",
         "true", "null", "==", "&&", "||", "+", "-", "/", "%", "<", "\n", " ", "é", "]]#", "#[["]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@given(PIECES | st.text(max_size=60))
@example("#set($x = $root.pets)#set($x[0] = $x)$x")
@example("#set($x = {})#set($x[$x] = 1)$x.get($x)")
def test_no_text_fails_with_anything_but_a_template_error(template: str) -> None:
    try:
        text = parse_template(template).rendered({"root": from_json({"pets": [1, {"a": "b"}]})})
    except TemplateError:
        return
    assert isinstance(text, str)


@given(st.text(alphabet=st.characters(blacklist_characters="$#\\"), max_size=60))
def test_text_without_expressions_stays(text: str) -> None:
    assert parse_template(text).rendered({}) == text
