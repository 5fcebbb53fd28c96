// Reads draws and fits from standard input, and writes whom draw.js draws and what logistic.js arrives at.
import { readFileSync } from "node:fs";
import { askingOrder, drawnBy, personHash, waitingTime } from "../../edutools/widgets/draw.js";
import { fitLogistic } from "../../edutools/widgets/logistic.js";

const { hashes, times, draws, fits } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify({
  hashes: hashes.map((each) => personHash(...each)),
  times: times.map(waitingTime),
  draws: draws.map(({ channels, seed, people, asked }) =>
    drawnBy(channels.map((weights, channel) => askingOrder(weights, seed, channel, people)), asked)),
  fits: fits.map(({ columns, labels, people, ridge }) => {
    const fitted = fitLogistic(columns, labels, people, ridge);
    return fitted && { ...fitted, weights: [...fitted.weights] };
  }),
}));
