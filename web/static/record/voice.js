// Counts and hints aloud. Everything that is spoken is on the screen as well.
const KEY = "movement_lab_voice";

export class Voice {
  constructor(language) {
    this.language = language;
    this.on = localStorage.getItem(KEY) !== "off";
    this.last = "";
  }

  get possible() {
    return "speechSynthesis" in globalThis;
  }

  toggle() {
    this.on = !this.on;
    localStorage.setItem(KEY, this.on ? "on" : "off");
    if (!this.on && this.possible) speechSynthesis.cancel();
  }

  /** Say something at once; what was being said ends. */
  say(text) {
    if (!this.on || !this.possible || !text) return;
    const speech = new SpeechSynthesisUtterance(text);
    speech.lang = this.language;
    speech.rate = 1.05;
    speechSynthesis.cancel();
    speechSynthesis.speak(speech);
  }

  /** Say a hint, unless it was the last thing said. */
  hint(text) {
    if (text === this.last) return;
    this.last = text;
    this.say(text);
  }
}
