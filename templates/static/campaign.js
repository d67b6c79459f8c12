import { ask, debounced, element, said, seal, texts, yuan } from "./common.js";

const byId = (id) => document.getElementById(id);
const form = byId("form");
const template = form.dataset.template;
let schema;
const touched = new Set(); // questions whose answer was changed: only they are told off before publishing
let shown = []; // SKUs of the examples, once there are any
let latest = 0; // number of the newest preview asked for; slower answers to older ones are dropped

// --- The form, drawn from the template's JSON Schema ------------------------------------------------------------------

const title = (shape) => said(shape.title, shape["x-title-en"]);
const help = (shape) => said(shape.description || "", shape["x-description-en"] || "");

function drawField(name, shape) {
  const grouped = shape["x-type"] === "choices";
  const field = element(grouped ? "fieldset" : "label", "field");
  field.dataset.question = name;
  const heading = element(grouped ? "legend" : "span", "", title(shape));
  if (!shape["x-required"]) heading.append(" ", element("small", "", texts.optional));
  field.append(heading, drawInput(name, shape));
  const notes = [help(shape), bounds(shape)].filter(Boolean).join(" · ");
  if (notes) field.append(element("small", "note", notes));
  const fault = element("small", "fault");
  fault.setAttribute("role", "alert");
  field.append(fault);
  return field;
}

function bounds(shape) {
  const [least, most] = [shape["x-minimum"], shape["x-maximum"]];
  if (["text", "choices"].includes(shape["x-type"]) || !(least || most)) return "";
  if (least && most) return `${texts.between} ${least} – ${most}`;
  return least ? `${texts.at_least} ${least}` : `${texts.at_most} ${most}`;
}

function options(shape) {
  const listed = shape["x-type"] === "choices" ? shape.items.oneOf : shape.oneOf;
  return listed.filter((option) => option.const !== null);
}

function drawInput(name, shape) {
  switch (shape["x-type"]) {
    case "choices":
      return drawChoices(name, shape);
    case "choice": {
      const select = element("select");
      select.name = name;
      if (!shape["x-required"]) select.append(new Option("—", ""));
      for (const one of options(shape)) select.append(new Option(title(one), one.const));
      select.value = shape.default ?? "";
      return select;
    }
    default: {
      const input = element("input");
      input.name = name;
      input.type = { date: "date", time: "time" }[shape["x-type"]] ?? "text";
      if (shape["x-type"] === "integer") input.inputMode = "numeric";
      if (shape["x-type"] === "money" || shape["x-type"] === "rate") input.inputMode = "decimal";
      input.value = shape.default ?? "";
      input.autocomplete = "off";
      return input;
    }
  }
}

function drawChoices(name, shape) {
  const group = element("div", "choices");
  for (const one of options(shape)) {
    const label = element("label");
    const box = element("input");
    box.type = "checkbox";
    box.name = name;
    box.value = one.const;
    box.checked = (shape.default ?? []).includes(one.const);
    label.append(box, element("span", "", title(one)));
    group.append(label);
  }
  return group;
}

// --- Answers ----------------------------------------------------------------------------------------------------------

/** The answer of one question as the service wants it; a bare number for a rate is meant as per cent. */
function answer(name, shape) {
  const type = shape["x-type"];
  if (type === "choices") {
    return [...form.querySelectorAll(`input[name="${name}"]:checked`)].map((box) => box.value);
  }
  const text = form.elements[name].value.trim();
  if (text === "") return null;
  if (type === "integer" && /^-?\d+$/.test(text)) return Number(text);
  if (type === "rate" && /^\d+(\.\d+)?$/.test(text)) return `${text}%`;
  return text;
}

function draft() {
  const answers = {};
  for (const [name, shape] of Object.entries(schema.properties)) answers[name] = answer(name, shape);
  return {
    template,
    answers,
    effective_from: form.elements.effective_from.value || null,
    effective_until: form.elements.effective_until.value || null,
  };
}

// --- Preview ----------------------------------------------------------------------------------------------------------

const preview = debounced(async () => {
  const number = ++latest;
  try {
    const found = await ask("/v1/campaigns/preview", { ...draft(), goods: shown });
    if (number === latest) {
      // The same goods stay in the examples, so that only prices move.
      if (found.reached) shown = [...new Set(found.examples.flatMap((one) => one.lines.map((line) => line.sku)))];
      showFaults([]);
      drawPreview(found);
    }
  } catch (problem) {
    if (number === latest) showProblem(problem);
  }
});

function drawPreview(found) {
  byId("preview").classList.remove("stale");
  byId("moment").textContent = `${texts.example_at} ${found.at.slice(0, 16).replace("T", " ")}`;
  const sentences = said(found.sentences.zh, found.sentences.en);
  byId("sentences").replaceChildren(...sentences.map((one) => element("li", "", one)));
  const drawn = found.examples.map(drawExample);
  if (!found.reached) drawn.unshift(element("p", "error", texts.not_reached));
  byId("examples").replaceChildren(...drawn);
  byId("strip").hidden = false;
  byId("strip").replaceChildren(...found.examples.map(drawStrip));
}

/** The totals in one row, kept in sight on a phone while answers change. */
function drawStrip(example) {
  const cell = element("div");
  const first = example.lines[0];
  const more = example.lines.length > 1 ? "…" : "";
  cell.append(
    element("small", "", `${said(first.title, first.title_en)} ×${first.quantity}${more}`),
    element("del", "", example.after_fen === example.before_fen ? "" : `¥${yuan(example.before_fen)}`),
    element("b", "money", `¥${yuan(example.after_fen)}`),
  );
  return cell;
}

function drawExample(example) {
  const box = element("div", "example");
  const lines = element("ul", "lines");
  for (const line of example.lines) {
    const row = element("li");
    const what = element("span", "what", said(line.title, line.title_en));
    what.append(" ", element("small", "", `×${line.quantity}`));
    for (const label of line.labels) what.append(" ", element("span", "tag", label));
    const price = element("span", "price");
    if (line.after_fen !== line.before_fen) price.append(element("del", "", `¥${yuan(line.before_fen)}`), " ");
    price.append(element("span", "money", `¥${yuan(line.after_fen)}`));
    row.append(seal(line.title, line.category), what, price);
    lines.append(row);
  }
  const total = element("p", "total");
  const [before, after] = [example.before_fen, example.after_fen];
  total.append(`${texts.before} ¥${yuan(before)} → ${texts.after} `, element("b", "money after", `¥${yuan(after)}`));
  if (before === after) total.append(" ", element("small", "", texts.no_change));
  box.append(lines, total);
  return box;
}

function showFaults(faults) {
  byId("error").hidden = true;
  const elsewhere = [];
  const open = new Map(faults.map((one) => [one.pointer, one]));
  for (const field of form.querySelectorAll("[data-question]")) {
    const pointer = `/answers/${field.dataset.question}`;
    const fault = open.get(pointer);
    open.delete(pointer);
    const shown = fault && touched.has(field.dataset.question);
    field.classList.toggle("wrong", Boolean(shown));
    field.querySelector(".fault").textContent = shown ? said(fault.detail, fault.detail_en) : "";
  }
  for (const fault of open.values()) elsewhere.push(said(fault.detail, fault.detail_en));
  if (elsewhere.length) {
    byId("error").hidden = false;
    byId("error").textContent = elsewhere.join(" ");
  }
}

function showProblem(problem) {
  byId("preview").classList.add("stale");
  showFaults(problem.errors?.length ? problem.errors : [{ pointer: "", ...problem }]);
}

// --- Publish ----------------------------------------------------------------------------------------------------------

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = byId("publish");
  button.disabled = true;
  button.textContent = texts.publishing;
  for (const name of Object.keys(schema.properties)) touched.add(name);
  try {
    const token = byId("token").value;
    drawDone(await ask("/v1/campaigns", draft(), { Authorization: `Bearer ${token}` }));
  } catch (problem) {
    showProblem(problem);
    form.querySelector(".wrong, #error:not([hidden])")?.scrollIntoView({ block: "center" });
  } finally {
    button.disabled = false;
    button.textContent = texts.publish;
  }
});

function drawDone(published) {
  const day = (text) => text.slice(0, 16).replace("T", " ");
  byId("done-title").textContent = published.title;
  byId("done-name").textContent = `${published.name}@${published.version}`;
  byId("done-from").textContent = day(published.effective_from);
  byId("done-until").textContent = published.effective_until ? day(published.effective_until) : texts.open_end;
  byId("done-text").textContent = published.text;
  byId("workbench").hidden = true;
  byId("done").hidden = false;
  byId("done").scrollIntoView();
}

const { form: found } = await ask(`/v1/campaign-templates/${template}`);
schema = found;
byId("questions").replaceChildren(...Object.entries(schema.properties).map(([name, shape]) => drawField(name, shape)));
// A template that asks for days itself says with them when it runs.
byId("days").hidden = Object.values(schema.properties).some((shape) => shape["x-type"] === "date");
form.addEventListener("input", (event) => {
  const field = event.target.closest("[data-question]");
  if (field) touched.add(field.dataset.question);
  preview();
});
preview();
