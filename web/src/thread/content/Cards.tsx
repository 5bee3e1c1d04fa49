import { Link, makeStyles, Text, tokens } from "@fluentui/react-components";
import { ArrowReply16Regular } from "@fluentui/react-icons/svg/arrow-reply";
import { ContactCard20Regular } from "@fluentui/react-icons/svg/contact-card";
import { TextBulletList20Regular } from "@fluentui/react-icons/svg/text-bullet-list";
import { Warning16Regular } from "@fluentui/react-icons/svg/warning";
import type { MessageContent } from "../../../../shared/conversations/content.ts";
import { Words } from "./Words.tsx";

type Of<T extends MessageContent["type"]> = Extract<MessageContent, { type: T }>;

const useStyles = makeStyles({
  card: {
    display: "grid",
    gridTemplateColumns: "auto minmax(0, 1fr)",
    columnGap: tokens.spacingHorizontalS,
    minWidth: "220px",
    padding: `${tokens.spacingVerticalXS} 0`,
    "& + &": { borderTop: `1px solid ${tokens.colorNeutralStroke2}` },
  },
  lines: { display: "flex", flexDirection: "column" },
  quiet: { color: tokens.colorNeutralForeground3 },
  offered: {
    display: "flex",
    flexDirection: "column",
    gap: "3px",
    marginTop: tokens.spacingVerticalSNudge,
    minWidth: "220px",
  },
  button: {
    display: "flex",
    alignItems: "center",
    justifyContent: "center",
    gap: tokens.spacingHorizontalXS,
    minHeight: "28px",
    paddingInline: tokens.spacingHorizontalM,
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorBrandForeground1,
    fontSize: tokens.fontSizeBase200,
    fontWeight: tokens.fontWeightSemibold,
  },
  row: { padding: `2px ${tokens.spacingHorizontalS}`, fontSize: tokens.fontSizeBase200 },
  line: { display: "flex", alignItems: "center", gap: tokens.spacingHorizontalSNudge },
  template: { display: "flex", flexDirection: "column", gap: "2px" },
});

export function Contacts({ contacts }: Of<"contacts">) {
  const styles = useStyles();
  return contacts.map((card, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a message's cards never move
    <div key={index} className={styles.card}>
      <ContactCard20Regular className={styles.quiet} />
      <div className={styles.lines}>
        <Text weight="semibold">{card.name}</Text>
        {card.organization !== undefined && (
          <Text size={200} className={styles.quiet}>
            {card.organization}
          </Text>
        )}
        {card.phones.map((phone) => (
          <Text key={phone} size={200}>
            {phone}
          </Text>
        ))}
        {card.emails.map((email) => (
          <Text key={email} size={200}>
            <Link href={`mailto:${encodeURIComponent(email)}`}>{email}</Link>
          </Text>
        ))}
      </div>
    </div>
  ));
}

/** As the customer sees it; the choices are theirs to press. */
export function Interactive({ interactive }: Of<"interactive">) {
  const styles = useStyles();
  return (
    <div>
      <Words text={interactive.body} />
      {interactive.kind === "buttons" ? (
        <div className={styles.offered}>
          {interactive.buttons.map(({ id, title }) => (
            <span key={id} className={styles.button}>
              {title}
            </span>
          ))}
        </div>
      ) : (
        <div className={styles.offered}>
          <span className={styles.button}>
            <TextBulletList20Regular /> {interactive.button}
          </span>
          {interactive.sections.flatMap(({ rows }) =>
            rows.map(({ id, title, description }) => (
              <span key={id} className={styles.row}>
                {title}
                {description !== undefined && <span className={styles.quiet}> · {description}</span>}
              </span>
            )),
          )}
        </div>
      )}
    </div>
  );
}

export function Choice({ title, description }: Of<"choice">) {
  const styles = useStyles();
  return (
    <span className={styles.lines}>
      <span className={styles.line}>
        <ArrowReply16Regular className={styles.quiet} aria-label="Chose" />
        <Text weight="semibold">{title}</Text>
      </span>
      {description !== undefined && (
        <Text size={200} className={styles.quiet}>
          {description}
        </Text>
      )}
    </span>
  );
}

export function Template({ template, text }: Of<"template">) {
  const styles = useStyles();
  return (
    <span className={styles.template}>
      <Text size={200} className={styles.quiet}>
        Template {template.name} · {template.language}
      </Text>
      {text === undefined ? (
        template.parameters.length > 0 && <Words text={template.parameters.join(" · ")} />
      ) : (
        <Words text={text} />
      )}
    </span>
  );
}

export function Unsupported({ providerType }: Of<"unsupported">) {
  const styles = useStyles();
  return (
    <span className={styles.lines}>
      <span className={styles.line}>
        <Warning16Regular className={styles.quiet} />
        <Text>A message of a kind that cannot be shown here yet</Text>
      </span>
      <Text size={200} className={styles.quiet}>
        The channel calls it “{providerType}”. Ask the customer to send it another way.
      </Text>
    </span>
  );
}
