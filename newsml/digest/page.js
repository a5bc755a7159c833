"use strict";
{
  const form = document.getElementById("filter");
  const sections = [...document.querySelectorAll("section.stories")];
  const stories = sections.flatMap((section) =>
    [...section.querySelectorAll("ol > li[id]")].map((item) => ({ item, section: section.id })),
  );

  const plain = (text) => text.normalize("NFKC").toLowerCase();
  const field = (name) => document.getElementById(name);

  const apply = () => {
    const words = plain(field("text").value).split(/\s+/).filter(Boolean);
    const stock = plain(field("stock").value).trim();
    const chosen = field("section").value;
    let shown = 0;
    for (const story of stories) {
      // Read at the first use: two thousand texts are not needed to show the page.
      story.text ??= plain(story.item.textContent);
      story.stocks ??= plain(story.item.dataset.stocks ?? "");
      const named = stock === "" || story.stocks.includes(stock) || (!/\d/.test(stock) && story.stocks !== "" && story.text.includes(stock));
      const fits = named && (chosen === "" || chosen === story.section) && words.every((word) => story.text.includes(word));
      story.item.hidden = !fits;
      shown += fits;
    }
    const filtered = words.length > 0 || stock !== "" || chosen !== "";
    for (const section of sections) {
      section.hidden = filtered && section.querySelector("ol > li[id]:not([hidden])") === null;
    }
    for (const rest of document.querySelectorAll("#top, .chart, .note")) rest.hidden = filtered;
    const found = field("found");
    found.textContent = found.dataset.words.replace("{shown}", shown).replace("{all}", stories.length);
  };

  if (form !== null) {
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", apply);
    apply();
    // A link to a story, or to its section, shows what the filter has hidden.
    addEventListener("hashchange", () => {
      const target = document.getElementById(location.hash.slice(1));
      if (target === null || target.closest("[hidden]") === null) return;
      form.reset();
      apply();
      target.scrollIntoView();
    });
  }

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const item of folded) if (item.querySelectorAll("li").length > 1) item.open = true;
  });
  addEventListener("afterprint", () => {
    for (const item of folded) item.open = false;
  });
}
