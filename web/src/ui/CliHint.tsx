import { Button, Code, Group, Popover, Stack } from "@mantine/core";
import { IconTerminal2 } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { CopyIcon } from "@/ui/CopyField";

/** The command that does the same as the button beside it; several where there are several buttons. */
export function CliHint({ command }: { command: string | readonly string[] }) {
  const { t } = useTranslation("ui");
  const lines = typeof command === "string" ? [command] : command;
  return (
    <Popover position="bottom-end" withArrow shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="subtle" size="compact-sm" leftSection={<IconTerminal2 size={16} />}>
          {t("cli.show")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw="min(90vw, 560px)">
        <Stack gap="xs">
          {lines.map((line) => (
            <Group key={line} gap="xs" wrap="nowrap" align="flex-start">
              <Code block flex={1} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
                {line}
              </Code>
              <CopyIcon value={line} label={t("cli.command")} />
            </Group>
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

/** A text as one word of a shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
