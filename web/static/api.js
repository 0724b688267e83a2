// How pages talk to their server: JSON with the page's token, and recordings piece by piece.
const token = document.querySelector('meta[name="csrf-token"]').content;
const PIECE = 8 * 1024 * 1024;
const PATIENCE_MS = [500, 1000, 2000, 4000, 8000, 15000];

/** A refusal by the server, in its words. */
export class Refused extends Error {
  constructor(status, answer) {
    super(answer.message || `${status}`);
    this.status = status;
    this.answer = answer;
  }
}

/** Ask the JSON API; resolves to its answer, or throws `Refused` (the server said no) or TypeError (not reached). */
export async function ask(method, path, { json, body, signal } = {}) {
  const headers = { "X-CSRFToken": token, Accept: "application/json" };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers, body: json === undefined ? body : JSON.stringify(json), signal });
  const told = answer.status === 204 ? null : await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, told);
  return told;
}

/** Send a Blob piece by piece to an upload that was begun, from where it stands; goes on after a lost connection. */
export async function send(upload, blob, { onProgress = () => {}, onWait = () => {} } = {}) {
  let have = upload.bytes_here;
  let tries = 0;
  while (have < blob.size) {
    try {
      const piece = blob.slice(have, have + PIECE);
      have = (await ask("PUT", `/api/v1/uploads/${upload.id}/data?offset=${have}`, { body: piece })).bytes_here;
      tries = 0;
      onProgress(have / blob.size);
    } catch (error) {
      if (error instanceof Refused && error.status === 409) have = error.answer.have;
      else if (error instanceof Refused || tries >= 60) throw error;
      else {
        onWait();
        await new Promise((resume) => setTimeout(resume, PATIENCE_MS[Math.min(tries++, PATIENCE_MS.length - 1)]));
        have = await ask("GET", `/api/v1/uploads/${upload.id}`).then((told) => told.bytes_here).catch(() => have);
      }
    }
  }
}

/** Begin an upload, send it, hand it over; resolves to the assessment. */
export async function handOver(blob, { source, fileName = "", asked = {}, personId = null, ...hooks }) {
  const upload = await ask("POST", "/api/v1/uploads", {
    json: { source, file_name: fileName, bytes_expected: blob.size, asked, person_id: personId },
  });
  await send(upload, blob, hooks);
  return ask("POST", `/api/v1/uploads/${upload.id}/finish`, { json: {} });
}
