import { Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Credentials } from "@/features/session/queries";
import { SignInForm } from "@/features/session/SignInForm";
import { AnchorLink } from "@/ui/RouteLinks";

const ABOVE_ALL_DIALOGS = 600;

interface Props {
  opened: boolean;
  /** Whose session it was. */
  email: string;
  signIn: (given: Credentials) => Promise<void>;
}

/** Cannot be closed: what lies below is for who signs in again only. */
export function SignInAgain({ opened, email, signIn }: Props) {
  const { t } = useTranslation("session");
  return (
    <Modal
      opened={opened}
      onClose={() => undefined}
      title={t("ended.title")}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      overlayProps={{ backgroundOpacity: 1, color: "var(--mantine-color-body)" }}
      zIndex={ABOVE_ALL_DIALOGS}
    >
      <Stack>
        <SignInForm signIn={signIn} email={email}>
          <Text size="sm">{t("ended.text")}</Text>
        </SignInForm>
        <AnchorLink to="/forgot-password" size="sm">
          {t("forgot.link")}
        </AnchorLink>
      </Stack>
    </Modal>
  );
}
