"use strict";
// Opens what a link leads to.
const reveal = () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) {
    target.hidden = false;
    target.open = true;
    target.querySelector("summary").focus();
    target.scrollIntoView({ block: "center" });
  }
};
addEventListener("hashchange", reveal);
addEventListener("click", (event) => {
  const link = event.target.closest("a[href='" + location.hash + "']");
  if (link && location.hash) reveal();
});
for (const section of document.querySelectorAll("section.verdicts")) {
  const all = [...section.querySelectorAll("details.verdict")];
  section.querySelector(".buttons").hidden = false;
  const only = section.querySelector("[data-only]");
  only.addEventListener("click", () => {
    const pressed = only.getAttribute("aria-pressed") !== "true";
    only.setAttribute("aria-pressed", String(pressed));
    for (const verdict of all) verdict.hidden = pressed && verdict.classList.contains("pass");
    for (const group of section.querySelectorAll(".group"))
      group.hidden = !group.querySelector("details.verdict:not([hidden])");
  });
  const open = section.querySelector("[data-open]");
  open.addEventListener("click", () => {
    const opens = open.textContent === "Open all";
    for (const verdict of all) verdict.open = opens;
    open.textContent = opens ? "Close all" : "Open all";
  });
}
// Paper has no summary to press: what is no pass is printed with its evidence.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details.verdict:not(.pass):not([open])")];
  for (const verdict of opened) verdict.open = true;
});
addEventListener("afterprint", () => {
  for (const verdict of opened) verdict.open = false;
});
reveal();
