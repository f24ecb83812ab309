import { Alert, Checkbox, Code, Group, Stack, Text } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { CopyIcon } from "@/ui/CopyField";

interface Props {
  label: string;
  /** One or several lines that are shown this once. */
  value: string;
  isKept: boolean;
  onKept: (isKept: boolean) => void;
}

/** A secret that nobody can show again; the page goes on once it is said to be kept. */
export function SecretOnce({ label, value, isKept, onKept }: Props) {
  const { t } = useTranslation("ui");
  return (
    <Stack gap="sm">
      <Alert color="yellow" variant="light" icon={<IconKey />} title={label}>
        <Stack gap="sm">
          <Group gap="xs" wrap="nowrap" align="flex-start">
            <Code block flex={1} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
              {value}
            </Code>
            <CopyIcon value={value} label={label} />
          </Group>
          <Text size="sm">{t("secret.once")}</Text>
        </Stack>
      </Alert>
      <Checkbox
        checked={isKept}
        onChange={(event) => onKept(event.currentTarget.checked)}
        label={t("secret.kept")}
      />
    </Stack>
  );
}
