import { NavLink, Stack } from "@mantine/core";
import { Link, Outlet } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import classes from "@/features/settings/SettingsFrame.module.css";
import { visibleSections } from "@/features/settings/sections";

/** The sections that the person may see, beside the one that is open; above it on phones. */
export function SettingsFrame() {
  const { t } = useTranslation("settings");
  const me = useMe();
  return (
    <div className={classes.frame}>
      <nav aria-label={t("title")} className={classes.sections}>
        <Stack gap={2}>
          {me !== undefined &&
            visibleSections(me).map(([to, name]) => (
              <NavLink
                key={to}
                component={Link}
                to={to}
                label={t(name)}
                className={classes.link ?? ""}
              />
            ))}
        </Stack>
      </nav>
      <div className={classes.page}>
        <Outlet />
      </div>
    </div>
  );
}
