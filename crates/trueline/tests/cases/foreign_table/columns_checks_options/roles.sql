create role ft_a;
