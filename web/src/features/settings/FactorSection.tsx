import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconShieldCheck, IconShieldExclamation } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { OwnAccount } from "@/api/me";
import { KeepCodes, SecondFactorSetup } from "@/features/session/SecondFactorSetup";
import { Section } from "@/features/settings/Section";
import { useConfirm } from "@/ui/ConfirmDialog";
import { ErrorState } from "@/ui/ErrorState";

/** Two-factor authentication: setting it up, new recovery codes, turning it off. */
export function FactorSection({ me }: { me: OwnAccount }) {
  const { t } = useTranslation("settings");
  const [isOpen, dialog] = useDisclosure(false);
  const changed = useMeChanged();
  const done = () => {
    dialog.close();
    void changed();
  };
  return (
    <Section title={t("factor")} text={t("factor.text")}>
      {me.user.has_second_factor ? (
        <FactorOn me={me} />
      ) : (
        <FactorOff me={me} onSetUp={dialog.open} />
      )}
      {/* Here, so that it stays while the account already has a second factor: it shows the codes. */}
      <Modal
        opened={isOpen}
        onClose={done}
        title={t("factor")}
        closeButtonProps={{ "aria-label": t("users.close") }}
      >
        <SecondFactorSetup onDone={done} />
      </Modal>
    </Section>
  );
}

function useMeChanged(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: [keys.me] });
}

function FactorOff({ me, onSetUp }: { me: OwnAccount; onSetUp: () => void }) {
  const { t } = useTranslation("settings");
  const changed = useMeChanged();
  const refuse = useMutation({
    mutationFn: () => answer(api.DELETE("/api/v1/me/second-factor/hint")),
    onSuccess: changed,
  });
  return (
    <Stack>
      {me.shows_second_factor_hint && (
        <Alert color="yellow" icon={<IconShieldExclamation />} title={t("factor.hint")}>
          <Button
            size="compact-sm"
            variant="subtle"
            color="dark"
            loading={refuse.isPending}
            onClick={() => refuse.mutate()}
          >
            {t("factor.refuse")}
          </Button>
        </Alert>
      )}
      <Group>
        <Button onClick={onSetUp}>{t("factor.setUp")}</Button>
      </Group>
    </Stack>
  );
}

function FactorOn({ me }: { me: OwnAccount }) {
  const { t } = useTranslation("settings");
  const confirm = useConfirm();
  const changed = useMeChanged();
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const renew = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/me/second-factor/recovery-codes")),
    onSuccess: async (made) => {
      setCodes(made.recovery_codes);
      await changed();
    },
  });
  const turnOff = () =>
    confirm({
      title: t("factor.offTitle"),
      text: t("factor.offText"),
      confirmLabel: t("factor.off"),
      danger: true,
      onConfirm: async () => {
        await answer(api.DELETE("/api/v1/me/second-factor"));
        await changed();
      },
    });
  return (
    <Stack>
      <Alert color="green" variant="light" icon={<IconShieldCheck />} title={t("factor.on")}>
        <Text size="sm">{t("factor.left", { count: me.recovery_codes_left })}</Text>
      </Alert>
      {renew.error !== null && <ErrorState error={renew.error} />}
      <Group>
        <Button variant="default" loading={renew.isPending} onClick={() => renew.mutate()}>
          {t("factor.renew")}
        </Button>
        <Button variant="default" onClick={turnOff}>
          {t("factor.off")}
        </Button>
      </Group>
      <Modal
        opened={codes !== null}
        onClose={() => setCodes(null)}
        title={t("factor.renew")}
        closeButtonProps={{ "aria-label": t("users.close") }}
      >
        <KeepCodes codes={codes ?? []} onDone={() => setCodes(null)} />
      </Modal>
    </Stack>
  );
}
