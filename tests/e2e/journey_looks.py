"""What is wanted of every page: that it can be read, named, and gone through without a mouse."""

import os

WIDTHS = {"wide": (1200, 800), "phone": (390, 844), "narrow": (320, 640)}
SHORTCOMINGS = """() => {
  const found = [];
  const want = (holds, what) => { if (!holds) found.push(what); };
  const shown = (selector) => [...document.querySelectorAll(selector)].filter((each) => each.checkVisibility());
  const name = (element) => (element.getAttribute("aria-label") || element.innerText || "").trim();
  want(document.documentElement.lang === "en", "the language is not told");
  want(document.title.trim(), "there is no title");
  want(document.compatMode === "CSS1Compat", "there is no doctype");
  want(document.querySelector("meta[name=viewport]"), "a telephone shows it shrunk");
  want(document.querySelectorAll("h1").length === 1, "there is not one heading of the first level");
  want(document.querySelectorAll("main").length === 1, "there is no main part");
  want(document.querySelector("main h1")?.innerText.trim(), "the heading is not in the main part, or empty");
  for (const field of shown("input, select, textarea"))
    want(field.labels.length && field.labels[0].innerText.trim(), `no label: ${field.name}`);
  for (const each of shown("a, button")) {
    const { width, height } = each.getBoundingClientRect();
    want(name(each), `no name: ${each.outerHTML}`);
    want(width >= 24 && height >= 24, `too small to be hit: ${name(each)}`);
    want(each.tabIndex === 0, `not in the order of the tabulator: ${name(each)}`);
    each.focus();
    const style = getComputedStyle(each);
    want(style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2, `focus is not seen: ${name(each)}`);
  }
  for (const frame of document.querySelectorAll("iframe")) want(frame.title, "a frame has no title");
  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  want(new Set(ids).size === ids.length, "an id is there twice");
  want(document.documentElement.scrollWidth <= document.documentElement.clientWidth, "it scrolls sideways");
  document.activeElement?.blur();
  return found;
}"""


def shortcomings(page, weak_contrasts):
    """What is wrong with a page, at each width, by day and by night."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {each}" for each in weak_contrasts(page)]
        for name, (width, height) in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            found += [f"{scheme}, {name}: {each}" for each in page.evaluate(SHORTCOMINGS)]
    page.emulate_media(color_scheme="light")
    return found


def keep_pictures(page, name):
    """Pictures of a page at all widths where SCREENSHOTS names a folder."""
    folder = os.environ.get("SCREENSHOTS")
    if folder is None:
        return
    for width_name, (width, height) in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=f"{folder}/{name}-{width_name}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
