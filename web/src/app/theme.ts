import { type BrandVariants, createDarkTheme, createLightTheme, type Theme } from "@fluentui/react-components";

/** One ramp for both themes; 80 is the primary action in the light (white on it: 5.6:1), 70 in the dark. */
const brand: BrandVariants = {
  10: "#03050f",
  20: "#0f1632",
  30: "#152358",
  40: "#1b2e77",
  50: "#233a92",
  60: "#2d47a9",
  70: "#3650b9",
  80: "#4059c8",
  90: "#5a72d6",
  100: "#7189e0",
  110: "#889de8",
  120: "#9eb0ee",
  130: "#b4c2f3",
  140: "#cad4f8",
  150: "#dee5fb",
  160: "#eff3fe",
};

const fontFamilyBase =
  "'Segoe UI Variable Text', 'Segoe UI', -apple-system, BlinkMacSystemFont, Inter, Roboto, 'Helvetica Neue', Arial, sans-serif";

export const lightTheme: Theme = {
  ...createLightTheme(brand),
  fontFamilyBase,
  /** What a customer said. */
  colorNeutralBackground6: "#efefef",
  /** Notes: amber that is seen at a glance. */
  colorPaletteMarigoldBackground1: "#fdf2d9",
};

const dark = createDarkTheme(brand);
/**
 * Fluent's dark brand foregrounds miss AA on raised surfaces for a blue ramp: two steps lighter. Its dark panes are light and
 * its lines bright, which tires over a day: both are quieter here, and a bubble is lighter than the pane it lies on.
 */
export const darkTheme: Theme = {
  ...dark,
  fontFamilyBase,
  colorNeutralBackground1: "#1f1f1f",
  colorNeutralBackground1Hover: "#282828",
  colorNeutralBackground1Pressed: "#191919",
  colorNeutralBackground1Selected: "#2d2d2d",
  colorNeutralBackground2: "#252525",
  colorNeutralBackground3: "#171717",
  colorNeutralBackground4: "#131313",
  colorNeutralBackground4Hover: "#1d1d1d",
  colorNeutralBackground5: "#2a2a2a",
  colorNeutralBackground6: "#2f2f2f",
  colorNeutralStroke1: "#525252",
  colorNeutralStroke2: "#343434",
  colorNeutralStroke3: "#2c2c2c",
  colorBrandBackground2: "#212c57",
  colorBrandForeground1: brand[110],
  colorBrandForeground2: brand[120],
  colorBrandForegroundLink: brand[110],
  colorBrandForegroundLinkHover: brand[120],
  colorCompoundBrandForeground1: brand[110],
  colorCompoundBrandStroke: brand[100],
};
