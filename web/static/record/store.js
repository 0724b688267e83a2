// Recordings kept in the browser, chunk by chunk, until the server has accepted them: nothing is lost by a
// reload, a crash or a lost connection.
const NAME = "movement_lab_recordings";

let opened = null;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("recordings", { keyPath: "id" });
      request.result.createObjectStore("chunks", { keyPath: ["recording", "number"] });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function run(mode, work) {
  const base = await database();
  const change = base.transaction(["recordings", "chunks"], mode, { durability: "strict" });
  const request = work(change.objectStore("recordings"), change.objectStore("chunks"));
  return new Promise((resolve, reject) => {
    change.oncomplete = () => resolve(request?.result);
    change.onabort = change.onerror = () => reject(change.error);
  });
}

const all = (id) => IDBKeyRange.bound([id, 0], [id, Infinity]);

/** Note down a recording, or what has changed about it. */
export const saveRecording = (recording) => run("readwrite", (recordings) => recordings.put(recording));

/** Keep one chunk, with the byte it begins at. */
export const saveChunk = (recording, number, start, data) =>
  run("readwrite", (_, chunks) => chunks.put({ recording, number, start, end: start + data.byteLength, data }));

/** Return the recordings that were not accepted yet. */
export const listRecordings = () => run("readonly", (recordings) => recordings.getAll());

/** Return a chunk by its number; undefined where there is none. */
export const loadChunk = (id, number) => run("readonly", (_, chunks) => chunks.get([id, number]));

/** Return how many chunks of a recording are kept. */
export const countChunks = (id) => run("readonly", (_, chunks) => chunks.count(all(id)));

/** Forget a recording: it was accepted, or is not wanted. */
export const dropRecording = (id) =>
  run("readwrite", (recordings, chunks) => {
    chunks.delete(all(id));
    return recordings.delete(id);
  });
