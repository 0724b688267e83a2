// Agree, not so, comment: each word is stored at once, and the page says when.
import { ask } from "../api.js";

export function reviewFindings(page, announce) {
  const all = [...document.querySelectorAll(".said")];
  all.forEach((box) => listen(box, page, () => count(all)));
  all.forEach((box) => fold(box));
  announce();
}

function listen(box, page, changed) {
  const item = box.closest("li");
  box.querySelectorAll("[data-say]").forEach((button) =>
    button.addEventListener("click", () => {
      const verdict = box.dataset.verdict === button.dataset.say ? null : button.dataset.say;
      send(box, page, { verdict }, changed);
    }),
  );
  const write = box.querySelector("[data-write]");
  const form = box.querySelector("form");
  write.addEventListener("click", () => {
    form.hidden = !form.hidden;
    write.setAttribute("aria-expanded", String(!form.hidden));
    if (!form.hidden) form.querySelector("textarea").focus();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const comment = form.querySelector("textarea").value;
    if (await send(box, page, { verdict: box.dataset.verdict || null, comment }, changed)) {
      form.hidden = true;
      write.setAttribute("aria-expanded", "false");
      write.focus();
    }
  });
  box.querySelector("[data-unfold]").addEventListener("click", () => item.classList.toggle("unfolded"));
}

async function send(box, page, told, changed) {
  const problem = box.querySelector(".problem");
  problem.hidden = true;
  try {
    const said = await ask("POST", `/api/v1/assessments/${page.id}/reviews`, {
      json: { finding: box.dataset.finding, side: box.dataset.side, ...told },
    });
    take(box, page, said);
    changed();
    return true;
  } catch (error) {
    problem.textContent = page.texts.not_saved.replace("{why}", error.status ? error.message : page.texts.offline);
    problem.hidden = false;
    return false;
  }
}

function take(box, page, said) {
  box.dataset.verdict = said.verdict || "";
  box.querySelectorAll("[data-say]").forEach((button) => {
    const on = button.dataset.say === said.verdict;
    button.setAttribute("aria-pressed", String(on));
    button.classList.toggle("on", on);
  });
  box.querySelector('[data-say="agree"]').textContent = said.verdict === "agree" ? page.texts.agreed : page.texts.agree;
  const clock = new Date(said.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
  box.querySelector("[data-when]").textContent = page.texts.just_now.replace("{clock}", clock);
  const comment = box.querySelector("[data-comment]");
  comment.textContent = said.comment;
  comment.hidden = !said.comment;
  fold(box);
}

// "Not so" folds a finding to one grey line; it is never gone.
function fold(box) {
  const item = box.closest("li");
  item.classList.toggle("folded", box.dataset.verdict === "not_so");
  if (box.dataset.verdict !== "not_so") item.classList.remove("unfolded");
}

function count(all) {
  const told = document.getElementById("reviewed");
  if (!told) return;
  const seen = all.filter((box) => box.dataset.verdict).length;
  told.textContent = told.dataset.words.replace("{seen}", seen).replace("{count}", all.length);
}
