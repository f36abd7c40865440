// Draws what the model holds, for both widgets.
//
// Names come from traces and are untrusted: strings become text nodes or attributes, never markup.

const SVG = "http://www.w3.org/2000/svg";

function build(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children); // a string becomes a text node
  return made;
}

const html = (tag, attributes = {}, ...children) =>
  build(document.createElement(tag), attributes, children);

const svg = (tag, attributes = {}, ...children) =>
  build(document.createElementNS(SVG, tag), attributes, children);

const table = (headers, rows, attributes = {}) =>
  html(
    "table",
    attributes,
    html("thead", {}, html("tr", {}, ...headers)),
    html("tbody", {}, ...rows),
  );

// Replace children, and keep the focus on what has the same data-key as before.
function refill(container, ...children) {
  const active = document.activeElement;
  const key = container.contains(active) ? active.dataset.key : undefined;
  const { scrollTop } = container;
  container.replaceChildren(...children);
  container.scrollTop = scrollTop;
  if (key === undefined) return;
  const again = [...container.querySelectorAll("[data-key]")].find((e) => e.dataset.key === key);
  again?.focus({ preventScroll: true });
}

// Call a function when one of these values of the model changes; return how to stop that.
function listen(model, names, update) {
  for (const name of names) model.on(`change:${name}`, update);
  return () => names.forEach((name) => model.off(`change:${name}`, update));
}

function setter(model) {
  return (name, value) => {
    model.set(name, value);
    model.save_changes();
  };
}

function filterForm(model, set) {
  const input = html("input", {
    type: "text",
    spellcheck: "false",
    autocomplete: "off",
    placeholder: 'for example: service("order") { fault } or duration > 1',
    "aria-label": "Filter expression",
  });
  input.value = model.get("expression");
  const button = html("button", { type: "button" }, "Apply");
  const apply = () => set("expression", input.value);
  button.addEventListener("click", apply);
  // JupyterLab keeps browsers from submitting forms with Enter.
  input.addEventListener("keydown", (event) => event.key === "Enter" && apply());
  const form = html("div", { class: "tl-filter", role: "search" });
  form.append(html("label", {}, "Filter ", input), button);
  return { form, input };
}

// The message of the parser, below the place in the expression that it is about.
function drawAnswer(model, input, container) {
  const { expression, message, column } = model.get("answer");
  const waits = expression !== model.get("expression");
  if (waits) return refill(container, html("p", { role: "status" }, "Filtering ..."));
  input.setAttribute("aria-invalid", String(Boolean(message)));
  if (!message) return refill(container);
  const pointer = column ? `${expression}\n${" ".repeat(column - 1)}^` : expression;
  const error = html("div", { role: "alert", class: "tl-error" });
  error.append(html("pre", {}, pointer), html("p", {}, message));
  return refill(container, error);
}

function drawList(model, set, container) {
  const { caption, columns, rows } = model.get("listing");
  if (!columns || columns.length === 0) return refill(container, html("p", {}, hint(model, caption)));
  const sort = model.get("sort");
  const headers = columns.map(({ name, title, numeric }) => {
    const isSorted = sort === name || sort === `-${name}`;
    const button = html("button", { type: "button", "data-key": `sort ${name}` }, title);
    const arrow = isSorted ? (sort === name ? " ▲" : " ▼") : "";
    button.append(arrow);
    button.addEventListener("click", () => set("sort", sort === `-${name}` ? name : `-${name}`));
    const order = isSorted ? (sort === name ? "ascending" : "descending") : "none";
    return html("th", { class: numeric ? "tl-number" : "", "aria-sort": order }, button);
  });
  const lines = rows.map(({ id, cells }) => {
    const isOpen = id === model.get("selected");
    const attributes = { type: "button", "data-key": `trace ${id}`, "aria-pressed": isOpen };
    const button = html("button", attributes, id);
    const values = cells.map((cell, at) =>
      html("td", { class: columns[at].numeric ? "tl-number" : "" }, cell),
    );
    const line = html("tr", { class: isOpen ? "tl-open" : "" }, html("td", {}, button), ...values);
    line.addEventListener("click", () => set("selected", id));
    return line;
  });
  const heading = html("p", { role: "status" }, hint(model, caption));
  const list = html("div", { class: "tl-scroll" });
  list.append(table([html("th", {}, "trace"), ...headers], lines));
  const before = container.querySelector(".tl-scroll")?.scrollTop ?? 0;
  refill(container, heading, list);
  list.scrollTop = before;
  return undefined;
}

function hint(model, caption) {
  if (!model.get("picture")) return `${caption}: choose one to see its waterfall.`;
  const place = model.get("place");
  if (!model.get("picture").has_traces) return "This map was made without traces to list.";
  if (place.length === 0) return "Click a circle or an arrow to list the traces behind it.";
  return `${place.join(" → ")}: ${caption}`;
}

function drawWaterfall(model, set, container) {
  const { trace_id: id, summary, bars, ticks, answer } = model.get("waterfall");
  if (!bars) return refill(container);
  const lines = bars.map((bar) => waterfallLine(bar, answer, model.get("span"), set));
  const marks = ticks.map(([at, label]) => html("span", { style: `left: ${at}%` }, label));
  const axis = html("div", { class: "tl-line tl-axis", "aria-hidden": "true" });
  axis.append(html("span"), html("span", { class: "tl-track" }, ...marks), html("span"));
  const list = html("div", { class: "tl-scroll tl-bars" }, ...lines);
  const before = container.querySelector(".tl-bars")?.scrollTop ?? 0;
  const answered = answer ? ` Dashed: ${answer[1]}.` : "";
  refill(
    container,
    html("h4", {}, `Trace ${id}`),
    html("p", {}, `${summary}. Dark: segment; pale: subsegment; dotted: inferred by X-Ray; `
      + `hatched: initialization; line below a bar: critical path.${answered}`),
    list,
    axis,
  );
  list.scrollTop = before;
  return undefined;
}

function waterfallLine(bar, answer, chosen, set) {
  const isOpen = bar.span_id === chosen;
  const line = html("button", {
    type: "button",
    class: `tl-line${bar.band ? " tl-band" : ""}${isOpen ? " tl-open" : ""}`,
    "data-key": `span ${bar.span_id}`,
    "aria-pressed": isOpen,
  });
  const name = html("span", { class: `tl-name tl-${bar.look}`, title: `${bar.name} ${bar.detail}` });
  name.style.paddingLeft = `${bar.depth * 0.6}em`;
  name.append(bar.name, html("small", {}, ` ${bar.detail}`));
  const track = html("span", { class: "tl-track" });
  const drawn = html("span", { class: `tl-bar tl-${bar.look} tl-${bar.status}` });
  Object.assign(drawn.style, { left: `${bar.left}%`, width: `${bar.width}%` });
  Object.assign(drawn.style, { backgroundColor: bar.face, borderColor: bar.edge });
  track.append(drawn);
  for (const [left, width] of bar.path) {
    track.append(html("span", { class: "tl-path", style: `left: ${left}%; width: ${width}%` }));
  }
  if (answer) track.append(html("span", { class: "tl-answer", style: `left: ${answer[0]}%` }));
  line.append(name, track, html("span", { class: "tl-note" }, bar.note));
  line.addEventListener("click", () => set("span", bar.span_id));
  return line;
}

function drawDetails(model, container) {
  const { title, facts, annotations, metadata, exceptions, note } = model.get("details");
  if (title === undefined) {
    const isOpen = Boolean(model.get("waterfall").bars);
    return refill(container, ...(isOpen ? [html("p", {}, "Choose a span to see its data.")] : []));
  }
  const pairs = (rows) =>
    table([], rows.map(([name, value]) =>
      html("tr", {}, html("th", { scope: "row" }, name), html("td", {}, value))));
  const section = (heading, ...children) => [html("h5", {}, heading), ...children];
  return refill(
    container,
    html("h4", {}, `Span ${title}`),
    pairs(facts),
    ...(annotations.length ? section("Annotations", pairs(annotations)) : []),
    ...(metadata ? section("Metadata", html("pre", {}, metadata)) : []),
    ...exceptions.flatMap(({ type, message, raised_in: raisedIn, stack }) =>
      section(
        raisedIn ? `Exception, raised in ${raisedIn}` : "Exception",
        html("pre", {}, [`${type}: ${message}`, ...stack].join("\n")),
      )),
    ...(note ? [html("p", {}, note)] : []),
  );
}

function drawMap(model, set, container) {
  const { source, width, height, shapes } = model.get("picture");
  const image = html("img", { src: source, alt: "Service map" });
  const tip = html("div", { class: "tl-tip", role: "tooltip", hidden: "" });
  const over = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "group" });
  over.setAttribute("aria-label", "Nodes and edges of the service map");
  const place = model.get("place").join("\n");
  for (const shape of shapes) {
    over.append(mapShape(shape, shape.key.join("\n") === place, tip, container, set));
  }
  container.style.maxWidth = `${width * 96}px`;
  refill(container, image, over, tip);
}

function mapShape({ key, path, title, numbers }, isOpen, tip, container, set) {
  const words = numbers.map(([name, value]) => `${name}: ${value}`);
  const drawn = svg("path", {
    d: path,
    class: `${key.length > 1 ? "tl-edge" : "tl-node"}${isOpen ? " tl-open" : ""}`,
    tabindex: "0",
    role: "button",
    "data-key": key.join("\n"),
    "aria-pressed": isOpen,
    "aria-label": [title, ...words].join(", "),
  });
  const show = () => {
    const box = drawn.getBoundingClientRect();
    const frame = container.getBoundingClientRect();
    tip.replaceChildren(html("strong", {}, title), ...words.map((word) => html("div", {}, word)));
    tip.hidden = false;
    const left = Math.min(box.right - frame.left + 6, frame.width - tip.offsetWidth - 4);
    const top = Math.min(box.bottom - frame.top + 6, frame.height - tip.offsetHeight - 4);
    Object.assign(tip.style, { left: `${Math.max(left, 4)}px`, top: `${Math.max(top, 4)}px` });
  };
  const hide = () => (tip.hidden = true);
  const open = () => set("place", key);
  const actions = { mouseenter: show, focus: show, mouseleave: hide, blur: hide, click: open };
  for (const [name, action] of Object.entries(actions)) drawn.addEventListener(name, action);
  drawn.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    open();
  });
  return drawn;
}

// Hide the pictures that stand for the widget where there is no kernel. In JupyterLab, whose cells
// may be outside the document now, the style sheet does it.
function hideStills(key) {
  for (const still of document.querySelectorAll(".tl-still")) {
    if (still.dataset.tlKey === key) still.hidden = true;
  }
}

function render({ model, el }) {
  const set = setter(model);
  const stops = [];
  // Without the attribute JupyterLab would take keys such as Enter as commands for the notebook.
  const root = html("div", { class: "tl-widget", "data-lm-suppress-shortcuts": "true" });
  const add = (names, className, draw) => {
    const container = html("div", { class: className });
    root.append(container);
    stops.push(listen(model, names, () => draw(container)));
    draw(container);
  };
  if (model.get("picture")) {
    add(["picture", "place"], "tl-map", (container) => drawMap(model, set, container));
  } else {
    const { form, input } = filterForm(model, set);
    root.append(form);
    stops.push(listen(model, ["expression"], () => (input.value = model.get("expression"))));
    add(["answer", "expression"], "tl-answered", (container) => drawAnswer(model, input, container));
  }
  add(["listing", "sort", "selected"], "tl-list", (container) => drawList(model, set, container));
  add(["waterfall", "span"], "tl-waterfall", (container) => drawWaterfall(model, set, container));
  add(["details", "waterfall"], "tl-details", (container) => drawDetails(model, container));
  el.append(root);
  hideStills(model.get("key"));
  return () => stops.forEach((stop) => stop());
}

export default { render };
