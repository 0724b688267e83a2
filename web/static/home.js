// The first page: upload with progress, by drop too; rows that are worked on follow their progress.
import { Refused, ask, handOver } from "./api.js";
import { follow } from "./follow.js";

const form = document.getElementById("upload-form");
const input = document.getElementById("video");
const state = document.getElementById("upload-state");
const problem = document.getElementById("upload-problem");
const NUMBERS = ["height_cm", "person_number"];

function asked() {
  const values = Object.fromEntries([...new FormData(form)].filter(([name, value]) => typeof value === "string" && value));
  ["csrf_token", "person_id", "choices", "drop_video"].forEach((name) => delete values[name]);
  NUMBERS.filter((name) => values[name]).forEach((name) => (values[name] = +values[name]));
  values.blur_face = form.elements.blur_face.checked;
  values.keep_video = !form.elements.drop_video.checked;
  return values;
}

async function upload(file) {
  problem.hidden = true;
  form.querySelector("button[type=submit]").disabled = true;
  const percent = (share) => (state.textContent = `${file.name}: ${Math.round(100 * share)} %`);
  percent(0);
  try {
    const personId = form.elements.person_id?.value || null;
    const row = await handOver(file, {
      source: "upload", fileName: file.name, asked: asked(), personId, onProgress: percent, onWait: () => (state.textContent += " …"),
    });
    location.href = `/assessments/${row.id}`;
  } catch (error) {
    problem.textContent = error instanceof Refused ? error.message : form.dataset.lost || String(error.message);
    problem.hidden = false;
    state.textContent = "";
    form.querySelector("button[type=submit]").disabled = false;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (input.files[0]) upload(input.files[0]);
});
const take = (event) => {
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  document.body.classList.toggle("dropping", event.type === "dragover");
  if (event.type === "drop" && event.dataTransfer.files[0]) {
    input.files = event.dataTransfer.files;
    document.getElementById("upload").scrollIntoView({ block: "nearest" });
    input.focus();
  }
};
["dragover", "dragleave", "drop"].forEach((type) => document.addEventListener(type, take));

document.querySelectorAll("[data-finish]").forEach((button) =>
  button.addEventListener("click", async () => {
    const row = await ask("POST", `/api/v1/uploads/${button.dataset.finish}/finish`, { json: {} });
    location.href = `/assessments/${row.id}`;
  }),
);
document.querySelectorAll("[data-discard]").forEach((button) =>
  button.addEventListener("click", async () => {
    await ask("DELETE", `/api/v1/uploads/${button.dataset.discard}`);
    button.closest("li").remove();
  }),
);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
  document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`)?.click();
});
document.getElementById("open-upload").addEventListener("click", () => input.focus());
document.querySelectorAll("[data-follow]").forEach((row) =>
  follow(row.dataset.follow, (told) => {
    row.querySelector(".say").textContent = told.words;
    row.querySelector("progress").value = 100 * told.share;
    row.querySelector(".percent").textContent = `${Math.round(100 * told.share)} %`;
    if (told.ended) location.reload();
  }),
);
