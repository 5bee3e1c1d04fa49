import { Link } from "@fluentui/react-components";
import { createLink } from "@tanstack/react-router";

/** Fluent's link that goes to a page of the desk. */
export const TextLink = createLink(Link);
