import { Anchor, Breadcrumbs, Group, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";

export interface Crumb {
  label: string;
  to: string;
}

interface Props {
  title: string;
  description?: ReactNode;
  /** At the right: one primary action, and what comes with it. */
  actions?: ReactNode;
  /** The pages above this one. */
  crumbs?: readonly Crumb[];
}

/** The head of a page; also names the browser's tab. */
export function PageHeader({ title, description, actions, crumbs = [] }: Props) {
  useEffect(() => {
    document.title = `${title} · Dropally`;
  }, [title]);
  return (
    <Stack gap={4} mb="lg">
      {crumbs.length > 0 && (
        <Breadcrumbs separatorMargin={6}>
          {crumbs.map((crumb) => (
            <Anchor key={crumb.to} component={Link} to={crumb.to} size="sm">
              {crumb.label}
            </Anchor>
          ))}
        </Breadcrumbs>
      )}
      <Group justify="space-between" align="flex-start" gap="sm">
        <Title order={1} size="h2" style={{ overflowWrap: "anywhere" }}>
          {title}
        </Title>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {description !== undefined && (
        <Text component="div" c="dimmed" maw={720}>
          {description}
        </Text>
      )}
    </Stack>
  );
}
