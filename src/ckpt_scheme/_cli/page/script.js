"use strict";
// Without a script the page is whole; this sorts and filters the table of runs.
(() => {
  const table = document.querySelector("table.runs");
  if (table === null) return;
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const collator = new Intl.Collator("en", { numeric: true });
  const opposite = { ascending: "descending", descending: "ascending" };

  // Numbers compare as numbers, texts as texts; a cell without either comes last in both directions.
  const key = (cell) => (cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v));
  const compare = (one, other) =>
    typeof one === "number" && typeof other === "number" ? one - other : collator.compare(String(one), String(other));

  const sort = (column) => {
    const head = heads[column];
    const order = opposite[head.getAttribute("aria-sort")] ?? head.dataset.first;
    for (const other of heads) other.setAttribute("aria-sort", other === head ? order : "none");
    const isNumeric = head.dataset.first === "descending";
    const isBlank = (cell) => (isNumeric ? cell.dataset.v === undefined : cell.textContent === "");
    const rows = [...body.rows].map((row) => [row, row.cells[column]]);
    const blank = rows.filter(([, cell]) => isBlank(cell)).map(([row]) => row);
    const full = rows.filter(([, cell]) => !isBlank(cell)).map(([row, cell]) => [row, key(cell)]);
    const sign = order === "ascending" ? 1 : -1;
    full.sort(([, one], [, other]) => sign * compare(one, other));
    body.replaceChildren(...full.map(([row]) => row), ...blank);
  };
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => sort(column)));

  const FEW = 200; // rows that the style shows while the table has the class `few`
  const more = document.querySelector(".more");
  const output = more.querySelector("output");
  const button = more.querySelector("button");
  const say = (matching) => {
    const isFew = table.classList.contains("few") && matching > FEW;
    const text = (count) => count.toLocaleString("en");
    more.hidden = !isFew && matching === body.rows.length;
    button.hidden = !isFew;
    output.textContent = `${text(isFew ? FEW : matching)} of ${text(body.rows.length)} rows are shown.`;
  };
  const box = document.querySelector(".filter");
  const input = box.querySelector("input");
  const filter = () => {
    const wanted = input.value.trim().toLowerCase();
    let matching = 0;
    for (const row of body.rows) {
      const text = `${row.cells[0].textContent} ${row.cells[1].textContent}`.toLowerCase();
      row.hidden = !text.includes(wanted);
      matching += row.hidden ? 0 : 1;
    }
    say(matching);
  };
  button.addEventListener("click", () => {
    table.classList.remove("few");
    filter();
  });
  let waiting;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 100);
  });
  box.hidden = false;
  say(body.rows.length);
})();
