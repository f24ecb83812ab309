import { Group, Kbd, Modal, Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

const KEYS = [
  { keys: ["g", "h"], meaning: "keys.home" },
  { keys: ["g", "r"], meaning: "keys.recovery" },
  { keys: ["g", "j"], meaning: "keys.jobs" },
  { keys: ["g", "a"], meaning: "keys.activity" },
  { keys: ["g", "s"], meaning: "keys.settings" },
  { keys: ["/"], meaning: "keys.search" },
  { keys: ["?"], meaning: "keys.help" },
  { keys: ["Esc"], meaning: "keys.close" },
  { keys: ["↑", "↓"], meaning: "keys.move" },
  { keys: ["Space"], meaning: "keys.select" },
  { keys: ["Shift", "↓"], meaning: "keys.range" },
  { keys: ["Ctrl", "A"], meaning: "keys.all" },
  { keys: ["Enter"], meaning: "keys.open" },
] as const;

export function KeyboardHelp({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("app");
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("helpTitle")}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <Stack>
        <Text size="sm">{t("helpText")}</Text>
        <Table>
          <Table.Tbody>
            {KEYS.map(({ keys, meaning }) => (
              <Table.Tr key={meaning}>
                <Table.Td>
                  <Group gap={4}>
                    {keys.map((key) => (
                      <Kbd key={key}>{key}</Kbd>
                    ))}
                  </Group>
                </Table.Td>
                <Table.Td>{t(meaning)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Stack>
    </Modal>
  );
}
