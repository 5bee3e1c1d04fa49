import { Avatar, Button, makeStyles, Spinner, tokens } from "@fluentui/react-components";
import { ArrowLeft20Regular } from "@fluentui/react-icons/svg/arrow-left";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { isProblem, wordsOf } from "../api/problem.ts";
import { useTitle } from "../app/title.ts";
import { Day } from "../ui/Day.tsx";
import { Empty } from "../ui/Empty.tsx";
import { Failure } from "../ui/Failure.tsx";
import { ContactName } from "./ContactName.tsx";
import { contactQuery } from "./contact.ts";
import { Facts } from "./Facts.tsx";
import { contactName, IDENTITY_KINDS, identityWords } from "./names.ts";

const useStyles = makeStyles({
  root: {
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalXXL,
    maxWidth: "560px",
    padding: `${tokens.spacingVerticalXXL} ${tokens.spacingHorizontalXXXL}`,
  },
  head: { display: "flex", alignItems: "center", gap: tokens.spacingHorizontalL },
});

/** One person outside: what they are called and how they can be reached. */
export function ContactDetail({ contactId, narrow }: { readonly contactId: string; readonly narrow: boolean }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const query = useQuery(contactQuery(contactId));
  const contact = query.data?.value;
  useTitle(contact && contactName(contact), "Contacts");
  if (isProblem(query.error, "not-found")) {
    return <Empty title="This contact does not exist" link={{ to: "/contacts", label: "All contacts" }} />;
  }
  if (query.isError && contact === undefined) {
    return (
      <Failure
        title="The contact could not be loaded"
        words={wordsOf(query.error)}
        onRetry={() => void query.refetch()}
      />
    );
  }
  if (contact === undefined) return <Spinner size="small" delay={300} label="Loading the contact" />;
  return (
    <div className={styles.root}>
      <div className={styles.head}>
        {narrow && (
          <Button
            appearance="subtle"
            icon={<ArrowLeft20Regular />}
            aria-label="Back to the contacts"
            onClick={() => void navigate({ to: "/contacts" })}
          />
        )}
        <Avatar name={contact.name} size={56} color="neutral" aria-hidden="true" />
        <ContactName contact={contact} />
      </div>
      <Facts
        facts={[
          ...contact.identities.map((identity) => ({
            key: `${identity.kind}:${identity.value}`,
            term: IDENTITY_KINDS[identity.kind],
            detail: identityWords(identity),
          })),
          { key: "since", term: "Known since", detail: <Day at={contact.createdAt} /> },
          { key: "changed", term: "Changed", detail: <Day at={contact.updatedAt} /> },
        ]}
      />
    </div>
  );
}
