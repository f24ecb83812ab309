import { Menu, NavLink, useMantineColorScheme } from "@mantine/core";
import {
  IconDeviceDesktop,
  IconLanguage,
  IconLogout,
  IconMoon,
  IconSun,
  IconTextSize,
  IconUser,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { useChooseLanguage } from "@/app/language";
import classes from "@/app/Rail.module.css";
import { useSignOut } from "@/app/sign-out";
import { chooseTextSize, chosenTextSize, TEXT_SIZES } from "@/app/text-size";

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
  const chooseLanguage = useChooseLanguage();
  const [textSize, setTextSize] = useState(chosenTextSize);
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
        <Menu.Label>{t("textSize.label")}</Menu.Label>
        {TEXT_SIZES.map((size) => (
          <Menu.Item
            key={size}
            leftSection={<IconTextSize size={16} />}
            aria-current={size === textSize}
            fw={size === textSize ? 600 : undefined}
            onClick={() => setTextSize(chooseTextSize(size))}
          >
            {t(`textSize.${size}`)}
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
