/** Whether a key goes to something that takes text, or to an open dialog or menu: then it is no shortcut of the page. */
export function isTyping(event: KeyboardEvent): boolean {
  const { target } = event;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return true;
  return target.closest('[role="dialog"], [role="menu"]') !== null;
}

/** A plain letter, typed outside of any field. */
export function isShortcut(event: KeyboardEvent, key: string): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event)) return false;
  return event.key === key;
}
