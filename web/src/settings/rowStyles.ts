import { makeStyles, tokens } from "@fluentui/react-components";

/** Lists of things that are set up: a framed list of rows that are links. */
export const useRowStyles = makeStyles({
  list: {
    margin: 0,
    padding: 0,
    listStyleType: "none",
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusXLarge,
    overflow: "hidden",
  },
  item: { "& + &": { borderTop: `1px solid ${tokens.colorNeutralStroke2}` } },
  row: {
    display: "grid",
    alignItems: "center",
    gap: tokens.spacingHorizontalM,
    minHeight: "56px",
    paddingInline: tokens.spacingHorizontalL,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: "none",
    ":hover": { backgroundColor: tokens.colorNeutralBackground1Hover },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" },
  },
  words: { display: "flex", flexDirection: "column", minWidth: 0 },
});
