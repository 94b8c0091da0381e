/**
 * Finds the element that the HTML marks with `data-part="NAME"`.
 * @throws Error when there is none of that type: the page and its script do not belong together.
 */
export function part<T extends Element>(root: ParentNode, name: string, type: new () => T): T {
  const found = root.querySelector(`[data-part="${name}"]`);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} with data-part="${name}"`);
  return found;
}

/** Copies the one element inside `<template data-part="NAME">`. */
export function fromTemplate(name: string): HTMLElement {
  const copy = document.importNode(part(document, name, HTMLTemplateElement).content, true);
  const element = copy.firstElementChild;
  if (!(element instanceof HTMLElement)) throw new Error(`the template "${name}" of the page is empty`);
  return element;
}

/** Sets the text of an element, and only touches the page when it changed: selections and screen readers stay undisturbed. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
