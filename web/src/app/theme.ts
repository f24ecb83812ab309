import { type CSSVariablesResolver, createTheme, type MantineThemeOverride } from "@mantine/core";

/**
 * One accent colour, and Mantine's greys made dark enough: its defaults for hints, placeholders and
 * errors do not reach the contrast of WCAG AA on white.
 */
const theme = createTheme({
  primaryColor: "indigo",
  primaryShade: { light: 8, dark: 7 },
  autoContrast: true,
  cursorType: "pointer",
  defaultRadius: "md",
  respectReducedMotion: true,
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif',
  headings: { fontWeight: "600" },
});

/** Titles of dialogs are often names, and then longer than a line. */
const TITLE = { fontSize: "var(--mantine-font-size-lg)", fontWeight: 600, lineHeight: 1.35 };

/** A header element outside of a section is the page's banner, and the page has one already. */
const plainHeader = { defaultProps: { component: "div" } };

/** The theme, with a name for every button that is only a cross. */
export function withCloseLabel(label: string): MantineThemeOverride {
  const named = { defaultProps: { closeButtonProps: { "aria-label": label } } };
  const titled = { ...named, styles: { title: TITLE } };
  return createTheme({
    ...theme,
    components: {
      Drawer: titled,
      Modal: titled,
      Notification: named,
      DrawerHeader: plainHeader,
      ModalHeader: plainHeader,
    },
  });
}

export const cssVariables: CSSVariablesResolver = (current) => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": current.colors.gray[7],
    "--mantine-color-placeholder": current.colors.gray[7],
    "--mantine-color-error": current.colors.red[9],
    "--mantine-color-anchor": current.colors.indigo[8],
    "--mantine-color-indigo-light-color": current.colors.indigo[9],
    "--mantine-color-green-light-color": "#1b5e2b",
    "--mantine-color-yellow-light-color": "#704400",
  },
  dark: {
    "--mantine-color-dimmed": current.colors.dark[1],
    "--mantine-color-placeholder": current.colors.dark[1],
    "--mantine-color-error": current.colors.red[4],
    "--mantine-color-anchor": current.colors.indigo[3],
    "--mantine-color-indigo-light-color": current.colors.indigo[2],
  },
});
