"""The quota page: gauges, plots and the tables behind them."""
