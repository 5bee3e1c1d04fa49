import {
  Avatar,
  Button,
  Menu,
  MenuDivider,
  MenuGroup,
  MenuGroupHeader,
  MenuItem,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  Text,
  tokens,
} from "@fluentui/react-components";
import { SignOut20Regular } from "@fluentui/react-icons/svg/sign-out";
import { useSignedIn } from "../session/me.ts";
import { ROLE_WORDS } from "../session/roles.ts";
import { signOut } from "../session/session.ts";
import { useStore } from "../ui/store.ts";
import { THEME_MODES, type ThemeMode, themeMode } from "./themeMode.ts";

const useStyles = makeStyles({
  trigger: { minWidth: "auto", padding: "2px", borderRadius: tokens.borderRadiusCircular },
  who: {
    display: "flex",
    flexDirection: "column",
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalS}`,
    maxWidth: "260px",
  },
  quiet: { color: tokens.colorNeutralForeground3, overflow: "hidden", textOverflow: "ellipsis" },
});

const MODE_WORDS: Readonly<Record<ThemeMode, string>> = { system: "As the system", light: "Light", dark: "Dark" };

/** Who is signed in, how the desk looks, and the way out. */
export function PersonMenu() {
  const styles = useStyles();
  const signedIn = useSignedIn();
  const mode = useStore(themeMode);
  if (signedIn === undefined) return null;
  const { user, tenant } = signedIn;
  return (
    <Menu
      checkedValues={{ theme: [mode] }}
      onCheckedValueChange={(_, { checkedItems }) => {
        const chosen = THEME_MODES.find((one) => one === checkedItems[0]);
        if (chosen !== undefined) themeMode.set(chosen);
      }}
    >
      <MenuTrigger disableButtonEnhancement>
        <Button
          appearance="subtle"
          className={styles.trigger}
          aria-label={`${user.name}: your menu`}
          data-testid="person-menu"
        >
          <Avatar name={user.name} size={28} color="brand" />
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <div className={styles.who}>
          <Text weight="semibold">{user.name}</Text>
          <Text size={200} className={styles.quiet}>
            {user.email}
          </Text>
          <Text size={200} className={styles.quiet}>
            {ROLE_WORDS[user.role]} · {tenant.name}
          </Text>
        </div>
        <MenuDivider />
        <MenuList>
          <MenuGroup>
            <MenuGroupHeader>Appearance</MenuGroupHeader>
            {THEME_MODES.map((one) => (
              <MenuItemRadio key={one} name="theme" value={one}>
                {MODE_WORDS[one]}
              </MenuItemRadio>
            ))}
          </MenuGroup>
          <MenuDivider />
          <MenuItem icon={<SignOut20Regular />} onClick={() => void signOut()} data-testid="sign-out">
            Sign out
          </MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
