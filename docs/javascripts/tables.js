// On a telephone a row is read from top to bottom (see site.css): its cells carry the names of their columns.
// Tables of two short columns stay as they are. Without this script a wide table scrolls sideways.
const LONGEST_WORD = 20;

const isNarrow = (heads, rows) =>
  heads.length < 3 &&
  rows.every((row) => row.cells[0].textContent.split(/\s+/).every((word) => word.length <= LONGEST_WORD));

for (const table of document.querySelectorAll(".md-typeset table:not([class])")) {
  const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent);
  const rows = [...table.querySelectorAll("tbody tr")];
  if (isNarrow(heads, rows)) continue;
  table.dataset.stacks = "";
  for (const row of rows) {
    [...row.cells].forEach((cell, column) => (cell.dataset.head = heads[column]));
  }
}
