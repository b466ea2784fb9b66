/* Below each result of the search, the sentences that hold what was looked for, each a link to its section. */
"use strict";

const SHOWN = 3;

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/* for each word that is typed a pattern of words that begin with it, its ending aside */
const patterns = (query) =>
  [...query.matchAll(/[\p{L}\p{N}_.]+/gu)].map(([word]) => {
    const stem = word.length > 4 ? word.replace(/(ies|ing|ed|es|s|y|e)$/i, "") : word;
    return `(?<![\\p{L}\\p{N}])${escaped(stem)}[\\p{L}\\p{N}_]*`;
  });

const QUERY = (new URLSearchParams(location.search).get("q") || "").trim();
const WORDS = patterns(QUERY).map((pattern) => new RegExp(pattern, "iu"));

/* sentences of a page with how many of the words they hold; those of an anchor first among equals */
const found = (page, anchor) => {
  const all = [];
  for (const [id, title, said] of SENTENCES[page] || [])
    for (const sentence of said) {
      const hits = WORDS.filter((word) => word.test(sentence)).length;
      const whole = sentence.toLowerCase().includes(QUERY.toLowerCase());
      if (hits) all.push({ id, title, sentence, hits: hits + whole, here: id === anchor });
    }
  return all.sort((a, b) => b.hits - a.hits || b.here - a.here);
};

const best = (page, anchor) => {
  const all = found(page, anchor);
  return all.filter((one) => one.hits === all[0].hits).slice(0, SHOWN);
};

/* a page where sentences hold every word stands before one that has them here and there */
const score = ([page, , , , score]) =>
  score + Math.min(10, found(page, "").filter((one) => one.hits >= WORDS.length).length);

const marked = (sentence) => {
  const shown = document.createElement("span");
  const any = new RegExp(`(${patterns(QUERY).join("|")})`, "giu");
  for (const [place, part] of sentence.split(any).entries())
    shown.appendChild(document.createElement(place % 2 ? "mark" : "span")).textContent = part;
  return shown;
};

const explain = (result) => {
  const link = result.querySelector("a");
  if (!link || result.querySelector(".sentence")) return;
  const url = new URL(link.href);
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
  const page = decodeURI(url.pathname.slice(root.pathname.length)).replace(/\.html$/, "");
  for (const one of best(page, url.hash.slice(1))) {
    const line = result.appendChild(document.createElement("p"));
    line.className = "sentence";
    const to = line.appendChild(document.createElement("a"));
    to.href = `${page}.html${one.id ? "#" + one.id : ""}`;
    to.textContent = one.title || "Here";
    line.append(": ", marked(one.sentence));
  }
};

if (WORDS.length)
  /* the search itself is loaded behind this script, and starts behind this function */
  document.addEventListener("DOMContentLoaded", () => {
    Scorer.score = score;
    const results = document.getElementById("search-results");
    const all = () => results.querySelectorAll("ul.search > li").forEach(explain);
    new MutationObserver(all).observe(results, { childList: true, subtree: true });
  });
