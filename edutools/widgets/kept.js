// What the reader confirmed is on the disk once the kernel says so. Until then, and if the kernel never does, the page says it.
import { element, say } from "./dom.js";

const PATIENCE = 2000; // milliseconds; a kernel at rest answers in a few

/** A note that appears while fewer of the reader's answers are kept than `confirmed` counts; `look` after each change. */
export function keptNote(model, texts, confirmed) {
  const node = element("p", { class: "edu-note", role: "status", hidden: true, "data-test": "unkept" },
    say(texts, model.still ? "common.unkept_page" : "common.unkept"));
  let timer;
  const look = () => {
    clearTimeout(timer);
    const kept = model.get("_kept");
    if (kept === null || confirmed() <= kept) node.hidden = true;
    else timer = setTimeout(() => { node.hidden = false; }, PATIENCE);
  };
  model.on("change:_kept", look);
  return { node, look };
}
