// The script of a saved page, which is small enough to be sent: what it holds lies packed in it, and so does the script that
// brings it to life.
const element = document.querySelector("script[data-held]");
const bytes = Uint8Array.from(atob(element.textContent), (letter) => letter.charCodeAt(0));
const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
const { script, states } = await new Response(stream).json();
element.textContent = JSON.stringify(states);
await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
