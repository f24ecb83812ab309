import { Divider, Group, NavLink, Stack, Text } from "@mantine/core";
import {
  IconActivity,
  IconDatabase,
  IconHelp,
  IconHome,
  IconListCheck,
  IconRestore,
  IconSettings,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/app/Rail.module.css";
import { UserMenu } from "@/app/UserMenu";
import { RunningJobs } from "@/features/jobs/RunningJobs";
import { Logo } from "@/ui/Logo";

const ITEMS = [
  { to: "/", label: "rail.home", icon: IconHome, exact: true },
  { to: "/recovery", label: "rail.recovery", icon: IconRestore, exact: false },
  { to: "/jobs", label: "rail.jobs", icon: IconListCheck, exact: false },
  { to: "/activity", label: "rail.activity", icon: IconActivity, exact: false },
  { to: "/storage", label: "rail.storage", icon: IconDatabase, exact: false },
  { to: "/settings", label: "rail.settings", icon: IconSettings, exact: false },
] as const;

interface Props {
  onHelp: () => void;
  onFollowed: () => void;
}

/** Where one can go; at the bottom what runs, help, and oneself. */
export function Rail({ onHelp, onFollowed }: Props) {
  const { t } = useTranslation("app");
  return (
    <Stack gap={0} h="100%" p="sm">
      <Group gap="xs" px="xs" pb="md" visibleFrom="sm">
        <Logo size={26} />
        <Text fw={600} size="lg">
          Dropally
        </Text>
      </Group>
      <div className={classes.items}>
        <Stack gap={2}>
          {ITEMS.map((item) => (
            <RailLink key={item.to} {...item} label={t(item.label)} onFollowed={onFollowed} />
          ))}
        </Stack>
      </div>
      <Divider my="xs" />
      <RunningJobs />
      <NavLink
        component="button"
        label={t("help")}
        leftSection={<IconHelp size={18} stroke={1.7} />}
        onClick={onHelp}
        className={classes.link ?? ""}
      />
      <UserMenu />
    </Stack>
  );
}

interface RailLinkProps {
  to: (typeof ITEMS)[number]["to"];
  label: string;
  icon: ComponentType<{ size: number; stroke: number }>;
  exact: boolean;
  onFollowed: () => void;
}

function RailLink({ to, label, icon: Icon, exact, onFollowed }: RailLinkProps) {
  return (
    <NavLink
      component={Link}
      to={to}
      label={label}
      leftSection={<Icon size={18} stroke={1.7} />}
      activeOptions={{ exact }}
      onClick={onFollowed}
      className={classes.link ?? ""}
    />
  );
}
