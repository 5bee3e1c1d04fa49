import { Avatar, Badge, Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { ChevronRight20Regular } from "@fluentui/react-icons/svg/chevron-right";
import { PersonAdd20Regular } from "@fluentui/react-icons/svg/person-add";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { wordsOf } from "../api/problem.ts";
import { useTitle } from "../app/title.ts";
import { peopleQuery, usePeople } from "../session/people.ts";
import { ROLE_WORDS } from "../session/roles.ts";
import { Failure } from "../ui/Failure.tsx";
import { RowsSkeleton } from "./RowsSkeleton.tsx";
import { useRowStyles } from "./rowStyles.ts";
import { Section } from "./Section.tsx";

const useStyles = makeStyles({
  grid: { gridTemplateColumns: "auto minmax(0, 1fr) auto auto" },
  quiet: { color: tokens.colorNeutralForeground3 },
});

/** Who works here. */
export function People() {
  useTitle("People", "Settings");
  const styles = useStyles();
  const rows = useRowStyles();
  const navigate = useNavigate();
  const query = useQuery(peopleQuery);
  const people = usePeople();
  return (
    <Section
      title="People"
      words="Who may sign in, and what they may do."
      action={
        <Button
          appearance="primary"
          icon={<PersonAdd20Regular />}
          onClick={() => void navigate({ to: "/settings/people/$id", params: { id: "new" } })}
          data-testid="add-person"
        >
          Add a person
        </Button>
      }
    >
      {query.isPending && <RowsSkeleton />}
      {query.isError && people.length === 0 && (
        <Failure
          title="The people could not be loaded"
          words={wordsOf(query.error)}
          onRetry={() => void query.refetch()}
        />
      )}
      {people.length > 0 && (
        <ul className={rows.list}>
          {people.map(({ id, name, email, role, active }) => (
            <li key={id} className={rows.item}>
              <Link
                to="/settings/people/$id"
                params={{ id }}
                className={`${rows.row} ${styles.grid}`}
                data-testid="person-row"
              >
                <Avatar name={name} size={32} color={active ? "brand" : "neutral"} aria-hidden="true" />
                <span className={rows.words}>
                  <Text weight="semibold">{name}</Text>
                  <Text size={200} className={styles.quiet}>
                    {email}
                  </Text>
                </span>
                {active ? (
                  <Text size={200}>{ROLE_WORDS[role]}</Text>
                ) : (
                  <Badge appearance="tint" color="informative">
                    Deactivated
                  </Badge>
                )}
                <ChevronRight20Regular className={styles.quiet} />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
