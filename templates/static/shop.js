import { ask, debounced, element, said, seal, texts, yuan } from "./common.js";

const byId = (id) => document.getElementById(id);
const situation = byId("situation");
const basket = new Map(); // sku -> quantity
let goods = [];
let category = "";
let latest = 0; // number of the newest quote asked for; slower answers to older ones are dropped

// --- When and who --------------------------------------------------------------------------------------------------

const SHANGHAI_HOURS = 8;

/** The chosen moment with its offset, or undefined for now. Days are those of Changsha, wherever the browser is. */
function moment() {
  const wanted = situation.when.value;
  if (wanted === "now") return undefined;
  const here = new Date(Date.now() + SHANGHAI_HOURS * 3600e3); // read with getUTC…: the clock in Changsha
  const weekday = { saturday: 6, tuesday: 2 }[wanted];
  const days = weekday === undefined ? 0 : (weekday - here.getUTCDay() + 7) % 7;
  const time = { tonight: "20:30", saturday: "21:00", tuesday: "12:30" }[wanted];
  const day = new Date(here.getTime() + days * 86400e3).toISOString().slice(0, 10);
  return `${day}T${time}:00+08:00`;
}

const isFuture = () => moment() !== undefined && new Date(moment()) > new Date();

function visitor() {
  // A newcomer is a buyer nobody has seen: a new id until an order is paid.
  let id = sessionStorage.getItem("visitor");
  if (!id) {
    id = `visitor-${crypto.randomUUID()}`;
    sessionStorage.setItem("visitor", id);
  }
  return id;
}

function request() {
  const form = situation.elements;
  const coupon = form.coupon.value.trim();
  return {
    lines: [...basket].map(([sku, quantity]) => ({ sku, quantity })),
    buyer_id: form.buyer.value || visitor(),
    promoter_id: form.promoter.value || null,
    delivery: form.region.value
      ? { kind: "delivery", region: form.region.value, fee_fen: 500 }
      : { kind: "pickup", fee_fen: 0 },
    coupons: coupon ? [coupon] : [],
  };
}

// --- Goods ---------------------------------------------------------------------------------------------------------

async function loadGoods() {
  const found = [];
  let after = null;
  do {
    const query = new URLSearchParams({ limit: "100", buyer_id: request().buyer_id });
    if (after) query.set("after", after);
    if (moment()) query.set("at", moment());
    const page = await ask(`/v1/catalog?${query}`);
    found.push(...page.goods);
    after = page.next;
  } while (after);
  goods = found;
  drawGoods();
}

function drawGoods() {
  const shown = goods.filter((good) => !category || (good.category || "").split("/")[0] === category);
  byId("goods").replaceChildren(...shown.map(drawGood));
}

function drawGood(good) {
  const row = byId("good").content.firstElementChild.cloneNode(true);
  row.dataset.sku = good.sku;
  row.querySelector(".seal").replaceWith(seal(good.title, good.category));
  row.querySelector(".title").textContent = said(good.title, good.title_en);
  row.querySelector(".money").textContent = `¥${yuan(good.price_fen)}`;
  if (good.price_fen < good.list_price_fen) {
    const before = row.querySelector("del");
    before.hidden = false;
    before.textContent = `¥${yuan(good.list_price_fen)}`;
    const tag = row.querySelector(".tag");
    tag.hidden = false;
    tag.textContent = good.label;
  }
  const more = row.querySelector(".more");
  const less = row.querySelector(".less");
  more.ariaLabel = `${texts.add}: ${said(good.title, good.title_en)}`;
  less.ariaLabel = `${texts.remove}: ${said(good.title, good.title_en)}`;
  more.addEventListener("click", () => change(good.sku, 1));
  less.addEventListener("click", () => change(good.sku, -1));
  showCount(row, good.sku);
  return row;
}

function showCount(row, sku) {
  const count = basket.get(sku) || 0;
  row.querySelector("output").textContent = count || "";
  row.querySelector(".less").hidden = count === 0;
}

function change(sku, by) {
  const count = (basket.get(sku) || 0) + by;
  if (count > 0) basket.set(sku, count);
  else basket.delete(sku);
  for (const row of document.querySelectorAll("#goods .good")) {
    if (row.dataset.sku === sku) showCount(row, sku);
  }
  quote();
}

// --- Quote ---------------------------------------------------------------------------------------------------------

const quote = debounced(async () => {
  byId("basket").hidden = basket.size === 0;
  if (basket.size === 0) return;
  const number = ++latest;
  try {
    const priced = await ask("/v1/quotes", { ...request(), at: moment() ?? null });
    if (number !== latest) return;
    drawQuote(priced);
    const hinted = await ask("/v1/quotes", { ...request(), at: moment() ?? null, hints: true });
    if (number === latest) drawHints(hinted);
  } catch (problem) {
    if (number === latest) showProblem(problem);
  }
}, 120);

function drawQuote(priced) {
  byId("error").hidden = true;
  byId("count").textContent = priced.lines.reduce((sum, line) => sum + line.quantity, 0);
  byId("total").textContent = `¥${yuan(priced.totals.paid_fen)}`;
  const saved = priced.totals.discount_fen + priced.shipping.discount_fen;
  byId("saved").textContent = saved ? `${texts.saved} ¥${yuan(saved)}` : "";
  byId("pay").disabled = isFuture();
  byId("future").hidden = !isFuture();
  byId("lines").replaceChildren(...priced.lines.map(drawLine), ...priced.gifts.map(drawGift), drawShipping(priced.shipping));
  drawHints(priced);
}

function drawRow(mark, title, quantity, listed, paid, discounts) {
  const row = element("li");
  const what = element("span", "what", title);
  if (quantity) what.append(" ", element("small", "", `×${quantity}`));
  for (const one of discounts) what.append(" ", element("span", "tag", `${one.label} −${yuan(one.amount_fen)}`));
  const price = element("span", "price");
  if (paid < listed) price.append(element("del", "", `¥${yuan(listed)}`), " ");
  price.append(element("span", "money", `¥${yuan(paid)}`));
  row.append(mark, what, price);
  return row;
}

function drawLine(line) {
  const good = goods.find((one) => one.sku === line.sku);
  const title = good ? said(good.title, good.title_en) : line.title;
  return drawRow(seal(line.title, good?.category), title, line.quantity, line.list_fen, line.paid_fen, line.discounts);
}

function drawGift(gift) {
  const mark = element("span", "seal gift", texts.gift.slice(0, 1));
  return drawRow(mark, gift.gift_title, gift.quantity, 0, 0, []);
}

function drawShipping(shipping) {
  const mark = element("span", "seal plain", texts.delivery_fee.slice(0, 1));
  return drawRow(mark, texts.delivery_fee, 0, shipping.list_fen, shipping.paid_fen, shipping.discounts);
}

function drawHints(priced) {
  const list = element("ul", "hints");
  for (const hint of priced.within_reach) {
    const row = element("li", "", said(hint.message, hint.message_en));
    if (hint.saves_fen) row.append(" ", element("span", "money", said(`可省 ¥${yuan(hint.saves_fen)}`, `saves ¥${yuan(hint.saves_fen)}`)));
    list.append(row);
  }
  for (const code of priced.unknown_coupons) list.append(element("li", "", `${texts.unknown_coupon}: ${code}`));
  byId("hints").replaceChildren(...(list.children.length ? [element("h3", "", texts.almost), list] : []));
}

function showProblem(problem) {
  byId("error").hidden = false;
  byId("error").textContent = said(problem.detail, problem.detail_en);
}

// --- Order ---------------------------------------------------------------------------------------------------------

byId("pay").addEventListener("click", async () => {
  byId("pay").disabled = true;
  const order_id = `demo-${crypto.randomUUID()}`;
  try {
    await ask("/v1/orders", { ...request(), order_id, placed_at: moment() ?? null }, { "Idempotency-Key": order_id });
    location.assign(`/orders/${order_id}`);
  } catch (problem) {
    showProblem(problem);
    byId("pay").disabled = false;
  }
});

situation.addEventListener("submit", (event) => event.preventDefault());
situation.addEventListener("input", debounced(() => {
  loadGoods().catch(showProblem);
  quote();
}));
byId("chips").addEventListener("click", (event) => {
  const chosen = event.target.closest("button");
  if (!chosen) return;
  category = chosen.dataset.category;
  for (const chip of byId("chips").children) chip.ariaPressed = String(chip === chosen);
  drawGoods();
});
loadGoods().catch(showProblem);
