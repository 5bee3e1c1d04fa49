import { Link, makeStyles, Text, tokens } from "@fluentui/react-components";
import type { MessageContent } from "../../../../shared/conversations/content.ts";

const useStyles = makeStyles({
  root: { width: "264px", maxWidth: "100%", display: "flex", flexDirection: "column", gap: "2px" },
  map: {
    display: "block",
    width: "100%",
    height: "120px",
    borderRadius: tokens.borderRadiusLarge,
    marginBottom: "4px",
  },
  quiet: { color: tokens.colorNeutralForeground3, fontVariantNumeric: "tabular-nums" },
});

/** A place on a sketch (nothing is asked of a map service unless somebody follows the link). */
export function Location(place: Extract<MessageContent, { type: "location" }>) {
  const styles = useStyles();
  const { latitude, longitude, name, address } = place;
  const coordinates = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  return (
    <div className={styles.root}>
      <Sketch latitude={latitude} longitude={longitude} className={styles.map} />
      {name !== undefined && <Text weight="semibold">{name}</Text>}
      {address !== undefined && <Text size={200}>{address}</Text>}
      <Text size={200} className={styles.quiet}>
        {coordinates} ·{" "}
        <Link
          href={`https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`}
          target="_blank"
          rel="noopener noreferrer"
        >
          Open the map
        </Link>
      </Text>
    </div>
  );
}

interface SketchProps {
  readonly latitude: number;
  readonly longitude: number;
  readonly className: string;
}

/** Streets that are always the same for one place: it says "a map", and claims no more. */
function Sketch({ latitude, longitude, className }: SketchProps) {
  const tilt = (Math.abs(latitude * 1000) % 30) - 15;
  const shift = Math.abs(longitude * 1000) % 40;
  return (
    <svg className={className} viewBox="0 0 264 120" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <rect width="264" height="120" fill={tokens.colorNeutralBackground3} />
      <g transform={`rotate(${tilt} 132 60)`} stroke={tokens.colorNeutralStroke2} fill="none">
        <path strokeWidth="9" d={`M-40 ${64 + shift / 4} H320 M${110 + shift} -40 V180`} />
        <path
          strokeWidth="4"
          d={`M-40 ${20 + shift / 2} H320 M-40 108 H320 M${30 + shift} -40 V180 M${196 + shift / 2} -40 V180`}
        />
        <path strokeWidth="2" d={`M${70 + shift} -40 V180 M-40 ${40 + shift / 3} H150`} />
      </g>
      <path fill={tokens.colorPaletteRedForeground3} d="M132 66c-9-11-13-16-13-23a13 13 0 0 1 26 0c0 7-4 12-13 23Z" />
      <circle cx="132" cy="43" r="4.600" fill="#fff" />
    </svg>
  );
}
