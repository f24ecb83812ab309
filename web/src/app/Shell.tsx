import { AppShell, Burger, Group, Text, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Outlet } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useEvents } from "@/api/events";
import { DecommissionBanner } from "@/app/DecommissionBanner";
import { LineLost } from "@/app/LineLost";
import { useOwnLanguage } from "@/app/language";
import { Rail } from "@/app/Rail";
import { SessionEnding } from "@/app/SessionEnding";
import classes from "@/app/Shell.module.css";
import { useShortcuts } from "@/app/shortcuts";
import { SessionEnded } from "@/features/session/SessionEnded";
import { Logo } from "@/ui/Logo";
import { useHasBeen } from "@/ui/use-has-been";

// Not needed for the first page to be seen.
const KeyboardHelp = lazy(async () => ({
  default: (await import("@/app/KeyboardHelp")).KeyboardHelp,
}));

/** The rail at the left (behind a button on phones) and the page beside it. */
export function Shell() {
  const { t } = useTranslation("app");
  const [isOpen, rail] = useDisclosure(false);
  const [showsHelp, help] = useDisclosure(false);
  const hasShownHelp = useHasBeen(showsHelp);
  const line = useEvents();
  useShortcuts(help.open);
  useOwnLanguage();
  return (
    <AppShell
      header={{ height: { base: 48, sm: 0 } }}
      navbar={{ width: 232, breakpoint: "sm", collapsed: { mobile: !isOpen } }}
      padding={{ base: "md", md: "xl" }}
    >
      <a href="#page" className={classes.skip}>
        {t("skipToPage")}
      </a>
      <AppShell.Header hiddenFrom="sm" px="md">
        <Group h="100%" gap="sm">
          <Burger
            opened={isOpen}
            onClick={rail.toggle}
            size="sm"
            aria-label={t("menu")}
            aria-expanded={isOpen}
          />
          <Logo size={22} />
          <Text fw={600}>Dropally</Text>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar aria-label={t("navigation")}>
        <Rail onHelp={help.open} onFollowed={rail.close} />
      </AppShell.Navbar>
      <AppShell.Main id="page" tabIndex={-1} className={classes.page}>
        <LineLost state={line} />
        <DecommissionBanner />
        <Outlet />
      </AppShell.Main>
      <SessionEnding />
      <SessionEnded />
      {hasShownHelp && (
        <Suspense>
          <KeyboardHelp opened={showsHelp} onClose={help.close} />
        </Suspense>
      )}
      <VisuallyHidden aria-live="polite" id="announcements" />
    </AppShell>
  );
}
