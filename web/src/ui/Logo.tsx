import { tokens } from "@fluentui/react-components";

/** Two plugs and the cord between them. */
export function Logo({ size }: { readonly size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill={tokens.colorBrandBackground} />
      <path
        d="M10 12.5c0 9 12 -2 12 7"
        fill="none"
        stroke={tokens.colorNeutralForegroundOnBrand}
        strokeWidth="2.6"
        strokeLinecap="round"
      />
      <circle cx="10" cy="10" r="3.1" fill={tokens.colorNeutralForegroundOnBrand} />
      <circle cx="22" cy="22" r="3.1" fill={tokens.colorNeutralForegroundOnBrand} />
    </svg>
  );
}
