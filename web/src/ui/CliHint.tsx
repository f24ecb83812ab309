import { Button, Code, Group, Popover } from "@mantine/core";
import { IconTerminal2 } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { CopyIcon } from "@/ui/CopyField";

/** The command that does the same as the button beside it. */
export function CliHint({ command }: { command: string }) {
  const { t } = useTranslation("ui");
  return (
    <Popover position="bottom-end" withArrow shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="subtle" size="compact-sm" leftSection={<IconTerminal2 size={16} />}>
          {t("cli.show")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw="min(90vw, 560px)">
        <Group gap="xs" wrap="nowrap" align="flex-start">
          <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
            {command}
          </Code>
          <CopyIcon value={command} label={t("cli.command")} />
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}

/** A text as one word of a shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
