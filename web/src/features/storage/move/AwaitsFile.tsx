import { Alert, Code, Group, Stack, Text } from "@mantine/core";
import { IconFileText } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { CopyIcon } from "@/ui/CopyField";
import { When } from "@/ui/When";

type Move = components["schemas"]["MoveAnswer"];

/** The copy of a storage of dropally.toml is whole: what the file has to say now. */
export function AwaitsFile({ move }: { move: Move }) {
  const { t } = useTranslation("storage");
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconFileText />}
      title={t("move.awaitsFile", { place: move.location })}
      mb="lg"
    >
      <Stack gap="sm">
        <Text size="sm">
          {t("move.awaitsFileText")} <When time={move.until_at} />.
        </Text>
        {move.lines !== "" && (
          <Group gap="xs" wrap="nowrap" align="flex-start">
            <Code block flex={1} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
              {move.lines}
            </Code>
            <CopyIcon value={move.lines} label={t("move.awaitsFileLines")} />
          </Group>
        )}
      </Stack>
    </Alert>
  );
}
