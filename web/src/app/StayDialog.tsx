import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Left } from "@/app/SessionEnding";
import { useSignOut } from "@/app/sign-out";

export interface StayProps {
  opened: boolean;
  left: Left | null;
  onStay: () => void;
}

/** How long the session goes on, and the button that makes it longer. */
export function StayDialog({ opened, left, onStay }: StayProps) {
  const { t } = useTranslation("app");
  const signOut = useSignOut();
  return (
    <Modal
      opened={opened}
      onClose={onStay}
      title={left?.isLast ? t("ending.lastTitle") : t("ending.title")}
      zIndex={500}
    >
      <Stack>
        <Text role="timer">
          {t(left?.isLast ? "ending.lastText" : "ending.text", { seconds: left?.seconds ?? 0 })}
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={() => void signOut()}>
            {left?.isLast ? t("ending.anew") : t("signOut")}
          </Button>
          {!left?.isLast && (
            <Button onClick={onStay} data-autofocus>
              {t("ending.stay")}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}
