import { Menu, NavLink, useMantineColorScheme } from "@mantine/core";
import {
  IconDeviceDesktop,
  IconLanguage,
  IconLogout,
  IconMoon,
  IconSun,
  IconUser,
} from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { useMe } from "@/api/me";
import { queryClient } from "@/api/query-client";
import { chooseLanguage } from "@/app/i18n";
import classes from "@/app/Rail.module.css";

const SCHEMES = [
  { value: "light", icon: IconSun, label: "scheme.light" },
  { value: "dark", icon: IconMoon, label: "scheme.dark" },
  { value: "auto", icon: IconDeviceDesktop, label: "scheme.auto" },
] as const;

export function UserMenu() {
  const { t, i18n } = useTranslation("app");
  const me = useMe();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  return (
    <Menu position="right-end" width={230} withinPortal>
      <Menu.Target>
        <NavLink
          component="button"
          label={me?.user.name ?? t("account")}
          description={me?.organisation}
          leftSection={<IconUser size={18} stroke={1.7} />}
          className={classes.link ?? ""}
        />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to="/settings/account" leftSection={<IconUser size={16} />}>
          {t("account")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t("scheme.label")}</Menu.Label>
        {SCHEMES.map(({ value, icon: Icon, label }) => (
          <Menu.Item
            key={value}
            leftSection={<Icon size={16} />}
            aria-current={colorScheme === value}
            fw={colorScheme === value ? 600 : undefined}
            onClick={() => setColorScheme(value)}
          >
            {t(label)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconLanguage size={16} />}
          onClick={() => void chooseLanguage(i18n.resolvedLanguage === "de" ? "en" : "de")}
        >
          {i18n.resolvedLanguage === "de" ? "English" : "Deutsch"}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>
          {t("signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function useSignOut(): () => Promise<void> {
  const navigate = useNavigate();
  return async () => {
    await answer(api.DELETE("/api/v1/session"));
    await navigate({ to: "/sign-in" });
    queryClient.clear();
  };
}
