"""Mapping templates with API Gateway's variables: AWS's documented examples, as literals.

https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
"""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.apigateway.mapping.requests import new_overrides
from tracing_lab.embedded.apigateway.mapping.sources import MappingSources, Message
from tracing_lab.embedded.apigateway.mapping.templates import compiled, rendered
from tracing_lab.embedded.apigateway.velocity.errors import TemplateError

PHOTOS = {
    "photos": {
        "page": 1,
        "pages": "1234",
        "photo": [
            {"id": "12345678901", "title": "Sample photo 1", "ispublic": 1, "isfriend": 0},
            {"id": "23456789012", "title": "Sample photo 2", "ispublic": 0, "isfriend": 1},
        ],
    }
}
PHOTOS_TEMPLATE = """#set($inputRoot = $input.path('$'))
{
  "photos": [
#foreach($elem in $inputRoot.photos.photo)
    {
      "id": "$elem.id",
      "title": "$elem.title",
      "ispublic": $elem.ispublic
    }#if($foreach.hasNext),#end

#end
  ]
}"""
PETS = [{"id": 1, "type": "dog", "price": 249.99}, {"id": 2, "type": "cat", "price": 124.99}]


def sources(body: Any = b"", **more: Any) -> MappingSources:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Message(
        headers={"Content-Type": ["application/json"], "X-Name": ["a", "b"]},
        query={"type": ["dog"], "name": ["from query"]},
        path={"id": "7", "name": "from path"},
        body=content,
    )
    context = {"stage": "prod", "identity.sourceIp": "10.0.0.1", "authorizer.vip": "true"}
    return MappingSources(request, {**context, **more}, {"shop": "north"})


def text(template: str, body: Any = b"", **more: Any) -> str:
    return rendered(template, sources(body, **more), new_overrides())


def test_the_documented_photo_album_is_mapped() -> None:
    assert json.loads(text(PHOTOS_TEMPLATE, PHOTOS)) == {
        "photos": [
            {"id": "12345678901", "title": "Sample photo 1", "ispublic": 1},
            {"id": "23456789012", "title": "Sample photo 2", "ispublic": 0},
        ]
    }


def test_the_documented_parameters_are_mapped() -> None:
    template = """{
    "requestParameters" : {
        #foreach($param in $input.params().path.keySet())
        "$param": "$util.escapeJavaScript($input.params().path[$param])" #if($foreach.hasNext),#end
        #end
    },
    "stage" : "$context.stage",
    "user-id" : "$context.identity.user",
    "stage-variable" : "$stageVariables.shop"
}"""
    assert json.loads(text(template)) == {
        "requestParameters": {"id": "7", "name": "from path"},
        "stage": "prod",
        "user-id": "",
        "stage-variable": "north",
    }


@pytest.mark.parametrize(
    "template, expected",
    [
        ("$input.json('$[0].type')", '"dog"'),
        ("$input.json('$..price')", "[249.99,124.99]"),
        ("$input.json('$.missing')", '""'),
        ("$input.path('$[1].type') $input.path('$').size()", "cat 2"),
        ("$input.path('$[1]')", "{id=2, type=cat, price=124.99}"),
        ("[$input.path('$.missing')]", "[]"),
        ("$input.body.substring(0, 2)", "[{"),
        ("$input.params('id') $input.params('name') $input.params('type')", "7 from path dog"),
        ("$input.params('x-name')$input.params('other')", "b"),
        ("$input.params().querystring.type $input.params().get('header').get('X-Name')", "dog b"),
        ("#foreach($kind in $input.params().keySet())$kind #end", "path querystring header "),
        ("$context.identity.sourceIp $context.authorizer.vip $context.no.no", "10.0.0.1 true "),
        ("$stageVariables.shop $stageVariables.get('shop') $!stageVariables.other", "north north "),
        ("$util.urlEncode('a b&c') $util.urlDecode('a+b%26c')", "a+b%26c a b&c"),
        ("$util.base64Encode('é') $util.base64Decode('w6k=')", "w6k= é"),
        ("$util.parseJson('{\"a\": [1]}').a[0]", "1"),
        ("#if($input.params('id') == '7')yes#end", "yes"),
    ],
)  # fmt: skip
def test_variables_and_functions(template: str, expected: str) -> None:
    assert text(template, PETS) == expected


@pytest.mark.parametrize(
    "body, expected",
    [
        ('say "hi"', 'say \\"hi\\"'),
        ("it's", "it\\'s"),
        ("a\nb\tc\\d", "a\\nb\\tc\\\\d"),
        ("é€𝄞", "\\u00E9\\u20AC\\uD834\\uDD1E"),
        ("a/b", "a/b"),
    ],
)
def test_texts_are_escaped_for_javascript(body: str, expected: str) -> None:
    assert text("$util.escapeJavaScript($input.body)", body.encode()) == expected


def test_bodies_that_are_no_json() -> None:
    assert text("$input.json('$') $input.body", b"plain") == '"plain" plain'
    assert text("$input.json('$')") == "{}"
    assert text("[$!input.path('$.a')]", b"[") == "[]"


def test_names_of_an_authorizer_may_have_dots() -> None:
    claims = {"authorizer.vip.since": "2020", "authorizer.https://a.example/role": "admin"}
    template = (
        "$context.authorizer.vip $context.authorizer['vip.since'] "
        "$context.authorizer['https://a.example/role']"
    )
    assert text(template, **claims) == "true 2020 admin"


def test_overrides_are_what_a_template_sets() -> None:
    overrides = new_overrides()
    template = (
        "#set($context.requestOverride.header.X-A = $input.params('id'))"
        "#set($context.responseOverride.status = 201)$context.responseOverride.status"
    )
    assert rendered(template, sources(), overrides) == "201"
    assert overrides["requestOverride"]["header"] == {"X-A": "7"}
    assert overrides["responseOverride"] == {"header": {}, "status": 201}


@pytest.mark.parametrize("template", ["$util.toJson('a')", "$input.getClass()", "$input.class"])
def test_a_template_reaches_nothing_but_what_is_listed(template: str) -> None:
    with pytest.raises(TemplateError, match="is not simulated"):
        compiled(template)


@pytest.mark.parametrize(
    "template",
    [
        "$util.parseJson('{')",
        "$util.base64Decode('*')",
        "$input.path('a')",
        "$input.path($nothing)",
    ],
)
def test_what_fails_is_a_template_error(template: str) -> None:
    with pytest.raises(TemplateError):
        text(template)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(JSON)
def test_json_arrives_as_it_was(body: Any) -> None:
    expected = json.loads(json.dumps(body))
    assert json.loads(text("$input.json('$')", body)) == expected


@given(st.text())
def test_escaped_texts_are_read_back(body: str) -> None:
    written = text("$util.escapeJavaScript($input.body)", body.encode("utf-8", "replace"))
    read = json.loads('"' + written.replace("\\'", "'") + '"')
    assert read == body.encode("utf-8", "replace").decode()
