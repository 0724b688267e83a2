// The page of an assessment that is worked on: follows it, and shows the result once it is there.
import { follow } from "./follow.js";

const card = document.querySelector("[data-job]");
if (["queued", "working"].includes(card.dataset.state))
  follow(card.dataset.job, (told) => {
    card.querySelector(".state").textContent = told.words;
    const bar = card.querySelector("progress");
    if (bar) bar.value = 100 * told.share;
    if (told.ended || told.state !== card.dataset.state) location.reload();
  });
