// Follow one assessment until it ends, patiently: every second, more slowly when the server can't be reached.
import { ask } from "./api.js";

export async function follow(id, onNews) {
  let wait = 1000;
  for (;;) {
    await new Promise((resume) => setTimeout(resume, wait));
    try {
      const told = await ask("GET", `/api/v1/assessments/${id}`);
      told.ended = !["queued", "working"].includes(told.state);
      onNews(told);
      if (told.ended) return;
      wait = document.hidden ? 5000 : 1000;
    } catch (error) {
      if (error.status === 404) return;
      wait = Math.min(2 * wait, 15000);
    }
  }
}
