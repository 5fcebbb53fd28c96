const weigh = (weights, cells) => Object.entries(weights).reduce((sum, [cell, weight]) => sum + weight * cells[cell], 0);

/** Value of a metric on one group's cells, or null where it is undefined. */
export function rate(definitions, metric, cells) {
  const { parts, over, under } = definitions[metric];
  if (parts) {
    const values = parts.map((part) => rate(definitions, part, cells));
    return values.includes(null) ? null : values.reduce((a, b) => a + b) / values.length;
  }
  const below = weigh(under, cells);
  return below > 0 ? weigh(over, cells) / below : null;
}
