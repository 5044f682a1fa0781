const SMALLEST = 0.25;
const LARGEST = 2;
/** Below this the words cannot be read: the drawing is then wider than its region and scrolls. */
const SMALLEST_FIT = 0.75;

/** The scale at which the drawing has the width of its region, within what can be read. */
export function zoomToFit(drawingWidth: number, regionWidth: number): number {
  if (drawingWidth <= 0 || regionWidth <= 0) return 1;
  return Math.min(1, Math.max(SMALLEST_FIT, regionWidth / drawingWidth));
}

/** The next larger scale. */
export function zoomIn(scale: number): number {
  return Math.min(LARGEST, scale * 1.25);
}

/** The next smaller scale. */
export function zoomOut(scale: number): number {
  return Math.max(SMALLEST, scale / 1.25);
}
