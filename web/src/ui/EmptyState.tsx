import { Stack, Text, ThemeIcon, Title } from "@mantine/core";
import type { ComponentType, ReactNode } from "react";

interface Props {
  icon: ComponentType<{ size: number; stroke: number }>;
  title: string;
  text: ReactNode;
  /** The next step. */
  action?: ReactNode;
}

/** What a list says when it has nothing to show: why, and what to do next. */
export function EmptyState({ icon: Icon, title, text, action }: Props) {
  return (
    <Stack align="center" gap="sm" py={48} px="md" ta="center">
      <ThemeIcon variant="light" size={56} radius="xl" aria-hidden>
        <Icon size={28} stroke={1.5} />
      </ThemeIcon>
      <Title order={2} size="h4">
        {title}
      </Title>
      <Text component="div" c="dimmed" maw={480}>
        {text}
      </Text>
      {action}
    </Stack>
  );
}
