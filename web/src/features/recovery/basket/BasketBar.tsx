import { Button, Group, Text, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBasket, IconDownload, IconRestore } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import classes from "@/features/recovery/basket/BasketBar.module.css";
import { BasketDrawer } from "@/features/recovery/basket/BasketDrawer";
import { BasketSum } from "@/features/recovery/basket/BasketSum";
import { useBasket } from "@/features/recovery/basket/basket";

/** What has been ticked so far, on every page of recovery, and what can be done with it. */
export function BasketBar() {
  const { t } = useTranslation("recovery");
  const navigate = useNavigate();
  const { basket } = useBasket();
  const [isOpen, drawer] = useDisclosure(false);
  const verbs = useMe()?.verbs ?? [];
  const isEmpty = basket.rows.length === 0;
  const empty = isEmpty ? t("basket.emptyReason") : "";
  const mayRestore = verbs.includes("restore.to_owner");
  const mayDownload = verbs.includes("content.download");
  return (
    <section
      className={`${classes.bar} ${isEmpty ? classes.empty : ""}`}
      aria-label={t("basket.title")}
    >
      <Group gap="sm" wrap="nowrap">
        <IconBasket size={20} aria-hidden className={classes.wide} />
        {isEmpty ? (
          <Text size="sm" c="dimmed">
            {t("basket.empty")}
          </Text>
        ) : (
          <BasketSum isShort />
        )}
        {!isEmpty && (
          <Button variant="subtle" size="compact-sm" onClick={drawer.open}>
            {t("basket.show")}
          </Button>
        )}
      </Group>
      <Group gap="xs" className={classes.actions ?? ""}>
        <ReasonedButton
          reason={mayDownload ? empty : t("basket.mayNotDownload")}
          variant="default"
          icon={<IconDownload size={18} aria-hidden />}
          onClick={() => void navigate({ to: "/recovery/download" })}
        >
          {t("basket.download")}
        </ReasonedButton>
        <ReasonedButton
          reason={mayRestore ? empty : t("basket.mayNotRestore")}
          variant="filled"
          icon={<IconRestore size={18} aria-hidden />}
          onClick={() => void navigate({ to: "/recovery/restore" })}
        >
          {t("basket.restore")}
        </ReasonedButton>
      </Group>
      <BasketDrawer opened={isOpen} onClose={drawer.close} />
    </section>
  );
}

interface ReasonedProps {
  /** Why it cannot be used now; "" if it can. */
  reason: string;
  variant: "default" | "filled";
  icon: ReactNode;
  onClick: () => void;
  children: ReactNode;
}

/** A button that tells why it does nothing: it can be reached, and says so. */
function ReasonedButton({ reason, variant, icon, onClick, children }: ReasonedProps) {
  const isOff = reason !== "";
  return (
    <Tooltip label={reason} disabled={!isOff} events={{ hover: true, focus: true, touch: true }}>
      <Button
        variant={variant}
        leftSection={icon}
        aria-disabled={isOff}
        {...(isOff ? { "data-disabled": true } : {})}
        onClick={(event) => (isOff ? event.preventDefault() : onClick())}
      >
        {children}
      </Button>
    </Tooltip>
  );
}
