// Repetitions and standing as they are marked, without any drawing: kept in order, never overlapping.
export class Marks {
  constructor({ reps, standing, duration, gap }) {
    this.reps = reps.map(({ start_s, turn_s, end_s }) => ({ start_s, turn_s, end_s }));
    this.standing = standing ? [...standing] : null;
    this.duration = duration;
    this.gap = gap;
    this.changed = { reps: false, standing: false };
  }

  // Move one border as far as its neighbours allow; returns where it is then.
  moveRep(index, name, time) {
    const rep = this.reps[index];
    const before = index ? this.reps[index - 1].end_s : 0;
    const after = index + 1 < this.reps.length ? this.reps[index + 1].start_s : this.duration;
    const [low, high] = {
      start_s: [before, rep.turn_s - this.gap],
      turn_s: [rep.start_s + this.gap, rep.end_s - this.gap],
      end_s: [rep.turn_s + this.gap, after],
    }[name];
    rep[name] = Math.min(high, Math.max(low, time));
    this.changed.reps = true;
    return rep[name];
  }

  moveStanding(end, time) {
    const [low, high] = end ? [this.standing[0] + this.gap, this.duration] : [0, this.standing[1] - this.gap];
    this.standing[end] = Math.min(high, Math.max(low, time));
    this.changed.standing = true;
    return this.standing[end];
  }

  remove(index) {
    this.reps.splice(index, 1);
    this.changed.reps = true;
  }

  // Add a repetition around a time: to the deepest place near it, from where the curve was high to where it is again.
  add(time, { time: times, depth }) {
    const inside = this.reps.findIndex((rep) => time >= rep.start_s && time < rep.end_s);
    if (inside >= 0) return -1;
    const at = this.reps.filter((rep) => rep.end_s <= time).length;
    const low = at ? this.reps[at - 1].end_s : 0;
    const high = at < this.reps.length ? this.reps[at].start_s : this.duration;
    if (high - low < 3 * this.gap) return -1;
    this.reps.splice(at, 0, around(time, { times, depth, low, high, gap: this.gap }));
    this.changed.reps = true;
    return at;
  }
}

function around(time, { times, depth, low, high, gap }) {
  const near = times.map((at, index) => [at, depth[index] ?? 0]).filter(([at]) => at > low + gap && at < high - gap);
  const close = near.filter(([at]) => Math.abs(at - time) <= 1.2);
  const turn = (close.length ? close : [[time, 0]]).reduce((best, each) => (each[1] > best[1] ? each : best));
  const rest = 0.15 * turn[1];
  const start = near.filter(([at, down]) => at < turn[0] && down <= rest).pop();
  const end = near.find(([at, down]) => at > turn[0] && down <= rest);
  const turn_s = Math.min(high - gap, Math.max(low + gap, turn[0]));
  return {
    start_s: Math.max(low, Math.min(turn_s - gap, start ? start[0] : turn_s - 1.5)),
    turn_s,
    end_s: Math.min(high, Math.max(turn_s + gap, end ? end[0] : turn_s + 1.5)),
  };
}
