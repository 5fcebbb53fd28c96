// Logistic regression with a small ridge, as edutools/widgets/logistic.py fits it.

const MOST_STEPS = 100, SMALL_STEP = 1e-9;

const logOnePlusExp = (z) => (z > 0 ? z + Math.log1p(Math.exp(-z)) : Math.log1p(Math.exp(z)));

// Standardised on the people drawn: a column without spread says nothing and becomes 0.
function scalingOf(columns, people) {
  return columns.map((column) => {
    let sum = 0, low = Infinity, high = -Infinity;
    for (const person of people) { const value = column[person]; sum += value; low = Math.min(low, value); high = Math.max(high, value); }
    const centre = sum / people.length;
    let squares = 0;
    for (const person of people) squares += (column[person] - centre) ** 2;
    return low === high ? { centre, factor: 0 } : { centre, factor: 1 / Math.sqrt(squares / people.length) };
  });
}

// Gaussian elimination with pivots, in place.
function solved(matrix, values) {
  const size = values.length;
  for (let column = 0; column < size; column += 1) {
    let pivot = column;
    for (let row = column + 1; row < size; row += 1) if (Math.abs(matrix[row][column]) > Math.abs(matrix[pivot][column])) pivot = row;
    [matrix[column], matrix[pivot]] = [matrix[pivot], matrix[column]];
    [values[column], values[pivot]] = [values[pivot], values[column]];
    for (let row = column + 1; row < size; row += 1) {
      const share = matrix[row][column] / matrix[column][column];
      for (let place = column; place < size; place += 1) matrix[row][place] -= share * matrix[column][place];
      values[row] -= share * values[column];
    }
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    for (let place = row + 1; place < size; place += 1) values[row] -= matrix[row][place] * values[place];
    values[row] /= matrix[row][row];
  }
  return values;
}

/** {scaling, weights} of the model trained on `people`, the intercept first; or null where they have not both labels. */
export function fitLogistic(columns, labels, people, ridge = 1) {
  const positives = people.reduce((sum, person) => sum + labels[person], 0);
  if (positives === 0 || positives === people.length) return null;
  const scaling = scalingOf(columns, people), size = columns.length + 1;
  const rows = people.map((person) => Float64Array.from({ length: size }, (_, place) =>
    place === 0 ? 1 : (columns[place - 1][person] - scaling[place - 1].centre) * scaling[place - 1].factor));
  const targets = people.map((person) => labels[person]);
  const sumOf = (row, weights) => { let sum = 0; for (let place = 0; place < size; place += 1) sum += row[place] * weights[place]; return sum; };
  const lossAt = (weights) => {
    let loss = 0;
    rows.forEach((row, place) => { const z = sumOf(row, weights); loss += logOnePlusExp(z) - targets[place] * z; });
    for (let place = 1; place < size; place += 1) loss += (ridge / 2) * weights[place] ** 2;
    return loss;
  };
  let weights = new Float64Array(size);
  weights[0] = Math.log(positives / (people.length - positives));
  let loss = lossAt(weights);
  for (let taken = 0; taken < MOST_STEPS; taken += 1) {
    const step = newtonStep(rows, targets, weights, ridge, sumOf);
    let share = 1, next = weights, reached = loss;
    // Halved where a whole step would climb: far from the goal the curve is not the parabola that the step takes it for.
    do {
      next = weights.map((weight, place) => weight - share * step[place]);
      reached = lossAt(next);
      share /= 2;
    } while (reached > loss * (1 + 1e-12) && share > SMALL_STEP);
    weights = next;
    loss = reached;
    if (Math.max(...step.map(Math.abs)) < SMALL_STEP) break;
  }
  return { scaling, weights };
}

function newtonStep(rows, targets, weights, ridge, sumOf) {
  const size = weights.length, curve = Array.from({ length: size }, () => new Float64Array(size)), slope = new Float64Array(size);
  rows.forEach((row, place) => {
    const chance = 1 / (1 + Math.exp(-sumOf(row, weights))), spread = chance * (1 - chance), miss = chance - targets[place];
    for (let one = 0; one < size; one += 1) {
      slope[one] += miss * row[one];
      const weighed = spread * row[one];
      for (let other = 0; other <= one; other += 1) curve[one][other] += weighed * row[other];
    }
  });
  for (let one = 0; one < size; one += 1) {
    for (let other = one + 1; other < size; other += 1) curve[one][other] = curve[other][one];
    if (one > 0) { curve[one][one] += ridge; slope[one] += ridge * weights[one]; }
  }
  return solved(curve, slope);
}

/** The log-odds that the model gives one person. */
export function fittedLogOdds({ scaling, weights }, columns, person) {
  let sum = weights[0];
  for (let place = 0; place < columns.length; place += 1)
    sum += weights[place + 1] * ((columns[place][person] - scaling[place].centre) * scaling[place].factor);
  return sum;
}
