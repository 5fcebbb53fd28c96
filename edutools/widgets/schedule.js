// When a question is asked again, as edutools/course/schedule.py has it from the authors' own package: the FSRS-6 algorithm
// (https://github.com/open-spaced-repetition/fsrs4anki/wiki/The-Algorithm) without steps of minutes and without chance.
const DAY = 86_400_000; // milliseconds
const RETENTION = 0.9;
const LEAST_STABILITY = 0.001;
const GRADES = { again: 1, hard: 2, good: 3, easy: 4 };

/** The grade of one asking: good where the first try was right, hard where the second was, else again. */
export function gradeFor(points) {
  return points === 1 ? GRADES.good : points === 0.5 ? GRADES.hard : GRADES.again;
}

/** What is remembered after `repetitions` ([{ grade, time in ms }], oldest first): when it is due (ms), and how likely it is known at `now`. */
export function scheduled(repetitions, weights, now) {
  const card = repetitions.reduce((before, each) => repeated(before, each, weights), null);
  const { stability, last } = card;
  const days = Math.min(Math.max(Math.round((stability / factorOf(weights)) * (RETENTION ** (-1 / weights[20]) - 1)), 1), 36_500);
  return { due: last + days * DAY, recall: recallAt(card, now, weights) };
}

function factorOf(weights) {
  return 0.9 ** (-1 / weights[20]) - 1;
}

function recallAt({ stability, last }, time, weights) {
  const days = Math.max(0, Math.floor((time - last) / DAY));
  return (1 + (factorOf(weights) * days) / stability) ** -weights[20];
}

function repeated(card, { grade, time }, weights) {
  if (card === null) return { stability: Math.max(weights[grade - 1], LEAST_STABILITY), difficulty: bounded(firstDifficulty(grade, weights)), last: time };
  const { stability, difficulty, last } = card;
  const sameDay = Math.floor((time - last) / DAY) < 1;
  const next = sameDay ? sameDayStability(stability, grade, weights) : nextStability(card, grade, recallAt(card, time, weights), weights);
  return { stability: Math.max(next, LEAST_STABILITY), difficulty: nextDifficulty(difficulty, grade, weights), last: time };
}

function bounded(difficulty) {
  return Math.min(Math.max(difficulty, 1), 10);
}

function firstDifficulty(grade, weights) {
  return weights[4] - Math.exp(weights[5] * (grade - 1)) + 1;
}

function nextDifficulty(difficulty, grade, weights) {
  const damped = difficulty - (weights[6] * (grade - GRADES.good) * (10 - difficulty)) / 9;
  return bounded(weights[7] * firstDifficulty(GRADES.easy, weights) + (1 - weights[7]) * damped);
}

function sameDayStability(stability, grade, weights) {
  const growth = Math.exp(weights[17] * (grade - GRADES.good + weights[18])) * stability ** -weights[19];
  return stability * (grade === GRADES.again ? growth : Math.max(growth, 1));
}

function nextStability({ stability, difficulty }, grade, recall, weights) {
  if (grade === GRADES.again) {
    const forgotten = weights[11] * difficulty ** -weights[12] * ((stability + 1) ** weights[13] - 1) * Math.exp((1 - recall) * weights[14]);
    return Math.min(forgotten, stability / Math.exp(weights[17] * weights[18]));
  }
  const growth = Math.exp(weights[8]) * (11 - difficulty) * stability ** -weights[9] * (Math.exp((1 - recall) * weights[10]) - 1);
  return stability * (1 + growth * (grade === GRADES.hard ? weights[15] : 1));
}
