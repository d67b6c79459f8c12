// What both pages need: words, money, requests, elements.

export const texts = JSON.parse(document.getElementById("texts").textContent);
export const english = document.documentElement.lang === "en";

/** One of a pair of texts in the page's language. */
export const said = (zh, en) => (english ? en || zh : zh);

/** Whole fen as yuan, without a float on the way. */
export function yuan(fen) {
  const size = String(Math.abs(fen)).padStart(3, "0");
  return `${fen < 0 ? "-" : ""}${size.slice(0, -2)}.${size.slice(-2)}`;
}

/** Ask the service; a refusal is thrown with its problem document. */
export async function ask(path, body, headers = {}) {
  const request = body === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
  let answer;
  try {
    answer = await fetch(path, request);
  } catch {
    throw { detail: texts.network_failed, detail_en: texts.network_failed, errors: [] };
  }
  const content = await answer.json();
  if (!answer.ok) throw content;
  return content;
}

/** An element with a class and text. */
export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** One character that stands for some goods, like a seal. */
export function seal(title, category) {
  const character = title.match(/[\p{L}\p{N}]/u);
  return element("span", `seal ${(category || "other").split("/")[0]}`, character ? character[0] : "·");
}

/** Call a function once things have been quiet for a moment. */
export function debounced(work, milliseconds = 200) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, milliseconds);
  };
}
